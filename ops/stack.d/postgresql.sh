# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# postgresql.sh - a private PostgreSQL 15, reached by TCP on 127.0.0.1 and password only.
#
# PostgreSQL refuses to run as root, so for root it runs as the user postgres. Where
# that user cannot reach the state folder (below /root, say) its data live in a folder
# of their own in /var/tmp, which is named in DIR/postgresql.home.
#
# There is no Unix socket: its path could be too long, and nobody needs it.

postgresql_programs=/usr/lib/postgresql/15/bin

as_postgres()
{
	if ((EUID == 0)); then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

# Where the data are, in pg_home.
postgresql_home()
{
	pg_home=$state/postgresql
	if [[ -s $state/postgresql.home ]]; then
		pg_home=$(<"$state/postgresql.home")
	fi
}

postgresql_make_home()
{
	postgresql_home
	[[ ! -d $pg_home/data ]] || return 0
	postgresql_sweep
	if as_postgres test -x "$state"; then
		pg_home=$state/postgresql
		rm -f "$state/postgresql.home"
		mkdir -p "$pg_home"
	else
		pg_home=$(mktemp -d /var/tmp/guichet-postgresql-XXXXXXXX)
		printf '%s\n' "$state" >"$pg_home/state"
		printf '%s\n' "$pg_home" >"$state/postgresql.home"
	fi
	((EUID != 0)) || chown postgres: "$pg_home"
}

# Data in /var/tmp whose state folder has been removed, or has started anew.
postgresql_sweep()
{
	local home owner
	for home in /var/tmp/guichet-postgresql-*; do
		[[ -f $home/state && ! -L $home && -O $home/state ]] || continue
		owner=$(<"$home/state")
		[[ "$(cat "$owner/postgresql.home" 2>/dev/null)" != "$home" ]] || continue
		process_in_folder "$home/data"
		[[ -n $REPLY ]] || rm -rf "$home"
	done
}

postgresql_initdb()
{
	[[ ! -d $pg_home/data ]] || return 0
	as_postgres rm -rf "$pg_home/data.new" "$pg_home/password"
	printf '%s\n' "$POSTGRES_PASSWORD" | as_postgres sh -c 'umask 077; cat >"$1"' - "$pg_home/password"
	(cd / && as_postgres env -i PATH="$PATH" "$postgresql_programs/initdb" -D "$pg_home/data.new" -U postgres \
		--auth=scram-sha-256 --pwfile="$pg_home/password" --locale=C.UTF-8 -E UTF8) \
		>>"$state/log/postgresql.log" 2>&1 || return 1
	as_postgres rm -f "$pg_home/password"
	as_postgres mv "$pg_home/data.new" "$pg_home/data"
}

# A killed postmaster leaves children that go by themselves, soon; until then the
# data are theirs. What is still there at the deadline hangs, and is killed.
postgresql_clear_stale()
{
	if ! eventually 10 postgresql_deserted; then
		process_in_folder "$pg_home/data"
		# shellcheck disable=SC2086 # several pids
		kill -KILL $REPLY 2>/dev/null || true
		eventually 5 postgresql_deserted || die "processes of an earlier PostgreSQL hang in $pg_home/data"
	fi
	as_postgres rm -f "$pg_home/data/postmaster.pid"
}

postgresql_deserted()
{
	process_in_folder "$pg_home/data"
	[[ -z $REPLY ]]
}

postgresql_start()
{
	local command
	postgresql_make_home
	postgresql_initdb || return 1
	postgresql_clear_stale
	port_of postgresql
	# Log files that are kept need not be made while somebody waits: filling one takes 50 ms, 16 MB of it.
	command=("$postgresql_programs/postgres" -D "$pg_home/data"
		-c listen_addresses=127.0.0.1 -c port="$REPLY" -c unix_socket_directories=
		-c max_connections=200 -c min_wal_size=256MB -c jit=off -c timezone=UTC -c log_timezone=UTC
		-c log_line_prefix='%m [%p] %u ')
	if ((EUID == 0)); then
		command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "${command[@]}")
	fi
	process_launch postgresql "${command[@]}"
	eventually 90 postgresql_settled && postgresql_ready && postgresql_create_database
}

# Ready, or dead: either way there is nothing more to wait for.
postgresql_settled()
{
	postgresql_ready || { [[ -e $state/run/postgresql.pid ]] && process_gone postgresql; }
}

postgresql_ready()
{
	process_alive postgresql || return 1
	port_of postgresql
	"$postgresql_programs/pg_isready" -q -h 127.0.0.1 -p "$REPLY" -t 1
}

# The owner is no superuser and makes no roles; those of the programs are the superuser's to make (guichetctl roles).
postgresql_create_database()
{
	postgresql_psql >>"$state/log/postgresql.log" 2>&1 <<-'SQL'
		\getenv password OWNER_PASSWORD
		SELECT format('CREATE ROLE guichet LOGIN PASSWORD %L', :'password')
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guichet') \gexec
		SELECT 'CREATE DATABASE guichet OWNER guichet'
		 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'guichet') \gexec
	SQL
}

# As the superuser; what the caller has set for libpq is not meant for this one.
postgresql_psql()
(
	port_of postgresql
	# shellcheck disable=SC2086 # several names
	unset ${!PG@}
	export PGPASSWORD=$POSTGRES_PASSWORD OWNER_PASSWORD
	exec "$postgresql_programs/psql" -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$REPLY" -U postgres -d postgres
)

# INT is PostgreSQL's fast stop: sessions are ended, then a checkpoint.
postgresql_stop()
{
	postgresql_home
	process_end postgresql INT 15
	eventually 10 postgresql_deserted || true
}

postgresql_kill()
{
	process_signal postgresql KILL
	eventually 5 process_gone postgresql
}

# Removed with the state: what lies outside of it.
postgresql_remove()
{
	postgresql_home
	rm -rf "$pg_home"
}
