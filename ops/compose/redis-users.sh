#!/bin/sh
# redis-users.sh - the service "redis-users" of docker-compose.yml: the file of users that Redis starts with.
#
# A user for each program with its channels alone, and "guichet", who may do everything. The file holds hashes and no
# password; Redis, which is another user, reads it. setup has it read again when it has changed.
set -eu
export PROGRAM_PASSWORDS=/tmp/passwords

# shellcheck disable=SC2086 # several words
(umask 077 && printf '%s\n' $PASSWORDS >$PROGRAM_PASSWORDS)
owner=$(printf %s "$REDIS_PASSWORD" | sha256sum)
guichetctl topology redis >/var/lib/guichet/users.acl.new
echo "user guichet on #${owner%% *} ~* &* +@all" >>/var/lib/guichet/users.acl.new
chmod 644 /var/lib/guichet/users.acl.new
mv /var/lib/guichet/users.acl.new /var/lib/guichet/users.acl
