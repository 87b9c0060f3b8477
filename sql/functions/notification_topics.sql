-- The topics, as the rows of queues/vocabulary.def say them (TOPIC): what cannot be declined, and what counts where nothing was
-- chosen. tests/handlers/notify_whom_test.c compares.
create or replace function notification_topics() returns table (topic text, must boolean, email text, in_app text)
language sql immutable parallel safe as $$
	values ('ticket_created', true, 'on', 'on'), ('ticket_assigned', false, 'on', 'on'), ('ticket_updated', false, 'on', 'on'),
		('ticket_commented', false, 'on', 'on'), ('mentioned', false, 'on', 'on'), ('ticket_new', false, 'digest', 'on'),
		('sla', false, 'on', 'on'), ('reminder', false, 'on', 'on'), ('undelivered', false, 'on', 'on'),
		('file_infected', true, 'on', 'on'), ('message', false, 'on', 'on'), ('alert', false, 'on', 'on'), ('digest', false, 'on', 'on')
$$;
