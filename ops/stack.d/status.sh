# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# status.sh - what runs and what does not, as a table or as JSON.

# Every part in the order of start, in REPLY.
status_parts()
{
	REPLY="${stack_parts[*]} ${program_names[*]}"
}

# Rows "name pid port ready deaths", tab-separated; fails when a part is not up.
status_rows()
{
	local name pid ready good=0 unready
	program_unready "${program_names[@]}"
	unready=" $REPLY "
	status_parts
	for name in $REPLY; do
		pid=-
		! process_alive "$name" || pid=$REPLY
		ready=no
		if [[ " ${stack_parts[*]} " == *" $name "* ]]; then
			! "${name}_ready" || ready=yes
		elif [[ $unready != *" $name "* ]]; then
			ready=yes
		fi
		[[ $ready == yes ]] || good=1
		REPLY=- # backups listens nowhere
		[[ -z ${port_offset[$name]:-} ]] || port_of "$name"
		printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$pid" "$REPLY" "$ready" \
			"$(cat "$state/run/$name.deaths" 2>/dev/null || echo 0)"
	done
	return "$good"
}

status_table()
{
	local good=0 rows name pid port ready deaths
	rows=$(status_rows) || good=1
	printf '%-12s %8s %6s  %s\n' part pid port ready
	while IFS=$'\t' read -r name pid port ready deaths; do
		((deaths == 0)) || ready+=" (deaths in a row: $deaths)"
		printf '%-12s %8s %6s  %s\n' "$name" "$pid" "$port" "$ready"
	done <<<"$rows"
	return "$good"
}

status_json()
{
	local good=0 rows
	rows=$(status_rows) || good=1
	jq -R -s --arg state "$state" --arg good "$good" '{
		state: $state,
		up: ($good == "0"),
		parts: [split("\n")[] | select(. != "") | split("\t") | {
			name: .[0], pid: (.[1] | tonumber? // null), port: (.[2] | tonumber? // null),
			ready: (.[3] == "yes"), deaths: (.[4] | tonumber) }]
	}' <<<"$rows"
	return "$good"
}

# log_tail NAME - the last lines of its log, for whoever wonders why it is not up.
log_tail()
{
	say "--- the last lines of $state/log/$1.log"
	tail -n 15 "$state/log/$1.log" >&2 2>/dev/null || true
}
