-- Why: what people say about themselves. On the account itself, so that every account has a
-- profile from its first moment; a version, because more than one hand may change it.
alter table accounts
	add column phone text not null default '',
	add column department text not null default '',
	add column job_title text not null default '',
	add column timezone text not null default 'Europe/Paris',
	add column theme text not null default 'auto',
	add column version integer not null default 1,
	add column bio text not null default '',
	add constraint account_theme_is_known check (theme in ('light', 'dark', 'auto'));
