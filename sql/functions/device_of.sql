-- "Firefox, Linux": what a User-Agent is called by people; the beginning of one that is none of those.
create or replace function device_of(agent text) returns text
language sql immutable parallel safe as $$
	select concat_ws(', ', case when agent ~ 'Edg/' then 'Edge' when agent ~ 'OPR/' then 'Opera' when agent ~ 'Firefox/' then 'Firefox'
			when agent ~ 'Chrome/' then 'Chrome' when agent ~ 'Safari/' then 'Safari' else nullif(split_part(agent, '/', 1), '') end,
		case when agent ~ 'Android' then 'Android' when agent ~ 'iPhone|iPad' then 'iOS' when agent ~ 'Windows' then 'Windows'
			when agent ~ 'Mac OS X' then 'macOS' when agent ~ 'Linux' then 'Linux' end)
$$;
