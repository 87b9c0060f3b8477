#!/bin/sh
# clamd.sh - the command of the container clamd: settings as Guichet wants them (clamd.conf), and the signatures of
# /var/lib/clamav, which freshclam brings there. Without any it knows the EICAR test file and says so.
set -eu

own=/opt/guichet/ops/clamav
signatures=/var/lib/clamav
if ! ls "$signatures"/main.c[vl]d >/dev/null 2>&1; then
	echo "clamd.sh: $signatures has no signatures of freshclam: nothing but the EICAR test file is found" >&2
	signatures=$own/signatures
fi
{
	cat "$own/clamd.conf"
	echo "TCPSocket 3310"
	echo "TCPAddr 0.0.0.0"
	echo "DatabaseDirectory $signatures"
	echo "TemporaryDirectory /tmp"
} >/tmp/clamd.conf
exec clamd --config-file=/tmp/clamd.conf
