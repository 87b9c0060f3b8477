-- Is it for who watches over the desk's safety: what was refused to somebody, what was taken from or given to an account?
create or replace function audit_is_security(action text, payload text) returns boolean
language sql immutable parallel safe as $$
	select action in ('LOGIN_FAILED', 'FORBIDDEN', 'TOKEN_REUSED', 'USER_LOCKED', 'USER_LOGOUT_ALL_DEVICES', 'USER_ROLE_CHANGED',
			'USER_ENABLED', 'USER_DISABLED', 'USER_PASSWORD_CHANGED', 'USER_PASSWORD_RESET_REQUESTED', 'USER_PASSWORD_RESET_COMPLETED', 'USER_EMAIL_CHANGED', 'USER_MFA_ENABLED', 'USER_MFA_DISABLED', 'USER_RECOVERY_CODES_RENEWED', 'USER_TOKEN_CREATED',
			'USER_TOKEN_REVOKED', 'USER_SERVICE_CREATED', 'AUDIT_ERASED', 'AUDIT_PRUNED')
		or (action = 'COMMAND_REFUSED' and payload ~ '"code": ?"(INSUFFICIENT_PERMISSIONS|TICKET_ACCESS_DENIED|AUTH_ACCOUNT_DISABLED)"')
$$;
