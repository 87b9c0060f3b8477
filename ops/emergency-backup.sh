#!/bin/bash
# emergency-backup.sh - a backup of a machine that seems about to go, with as little as possible: no settings but those of the
# file that is named, no second thoughts about a part that fails, and keys beside it.
#
#   ops/emergency-backup.sh TO [ENV]     ENV: /etc/guichet/guichetctl.env, or the env file of a local stack
#
# First guichetctl backup is tried. If that fails, what can be had is taken one by one: the dump of the database, the files of
# a local store, the settings. Exit code 0: a whole backup is in TO/backup; 1: what could be had is in TO/parts, and what failed
# has been said.
set -uo pipefail
umask 077

(($# == 1 || $# == 2)) || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
to=$1
env_file=${2:-/etc/guichet/guichetctl.env}
[[ -r $env_file ]] || { echo "emergency-backup: $env_file cannot be read" >&2; exit 2; }
mkdir -p "$to" || exit 1
set -a
# shellcheck source=/dev/null
. "$env_file"
set +a

if guichetctl backup --to "$to/backup"; then
	echo "emergency-backup: all is in $to/backup; now its keys: $to/settings" >&2
	cp "$env_file" "$to/settings"
	exit 0
fi

echo "emergency-backup: guichetctl backup failed; taking one part after the other into $to/parts" >&2
mkdir -p "$to/parts"
failed=()
pg_dump -Fc --no-unlogged-table-data -f "$to/parts/database.dump" "${DATABASE_URL:-}" || failed+=(database)
case ${STORE_URL:-} in
file://*) cp -a "${STORE_URL#file://}" "$to/parts/objects" || failed+=(files) ;;
*) failed+=('files (not on this machine)') ;;
esac
cp "$env_file" "$to/parts/settings" || failed+=(settings)
if [[ -d /etc/guichet ]]; then
	cp -a /etc/guichet "$to/parts/etc-guichet" || failed+=(/etc/guichet)
fi
sync
((${#failed[@]} == 0)) || printf 'emergency-backup: failed: %s\n' "${failed[@]}" >&2
exit 1
