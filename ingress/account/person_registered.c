/* person_registered.c - POST /internal/user-registered: another service tells of somebody who has registered there.
 *
 * It shows the bearer token SERVICE_TOKEN (RFC 6750); without that setting the door is closed. 201 when the account was
 * made, 200 when it was there.
 */
#include "ingress/account/person_registered.h"

#include <string.h>
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static const char *service_token;

struct setting person_registered_settings[] = {
	{ "SERVICE_TOKEN", SETTING_TEXT, &service_token, "", .min = 32, .max = 256, .secret = true,
	        .help = "what another service shows to tell of people who have registered with it; empty: none may" },
	{ 0 },
};

static void on_told(struct call *call, void *unused, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);
	struct success success;

	(void)unused;
	if (text_equal(verdict, TEXT("taken"))) {
		respond_problem(call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
		return;
	}
	success = action_success(ACTION_person_registered, text_copy(call->arena, db_text(rows, 0, 1)));
	success.status = text_equal(verdict, TEXT("made")) ? 201 : 200;
	respond_success(call, &success);
}

/* False: the call is answered. */
static bool require_service(struct call *call)
{
	struct text shown = call_header(call, "authorization"), scheme = TEXT("Bearer ");

	if (!shown.data) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_MISSING, TEXT_NONE, NULL);
		return false;
	}
	if (*service_token && text_starts_with(shown, scheme) &&
	        text_equal_secret(
	                (struct text){ shown.data + scheme.len, shown.len - scheme.len }, text_of(service_token)))
		return true;
	respond_problem(call, PROBLEM_AUTH_TOKEN_INVALID, TEXT_NONE, NULL);
	return false;
}

static struct text described(struct call *call, const struct person_registered *form)
{
	struct buffer out;

	buffer_init(&out, call->arena, 256);
	buffer_string(&out, "{");
	if (!uuid_is_none(&form->user_id))
		buffer_json_member(&out, "userId", uuid_text(call->arena, &form->user_id));
	buffer_json_member(&out, "email", form->email);
	buffer_json_member(&out, "firstName", form->first_name);
	buffer_json_member(&out, "lastName", form->last_name);
	buffer_json_member(&out, "language", text_of(language_word(form->language)));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

void person_registered(struct call *call, const struct person_registered *form)
{
	struct uuid id = uuid_new(), event = uuid_new();

	if (require_service(call))
		ask_write(call, QUERY_person_registered, 6,
		        (struct db_param[]){ P_TEXT(described(call, form)), P_UUID(&id), P_UUID(&event),
		                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
		        on_told, NULL);
}
