/* federation.c - see federation.h. */
#include "ingress/account/federation.h"

#include <string.h>
#include "ingress/account/locks.h"
#include "ingress/command/results.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"
#include "ingress/http/security.h"
#include "queues/address.h"

/* --- roles ---------------------------------------------------------------------------------- */
/* The next "group=role"; a group may have a = in it. */
static bool next_row(const char **at, struct text *out_group, enum account_role *out_role)
{
	const char *begin = *at + strspn(*at, " "), *end = begin + strcspn(begin, " ");
	const char *equals = memrchr(begin, '=', (size_t)(end - begin));
	struct text word = equals ? (struct text){ equals + 1, (size_t)(end - equals - 1) } : TEXT_NONE;

	if (begin == end)
		return false;
	*at = end;
	*out_group = (struct text){ begin, equals ? (size_t)(equals - begin) : 0 };
	*out_role = (enum account_role)word_find(word, account_role_words, account_role_count);
	return true;
}

const char *federation_roles_wrong(const char *map)
{
	struct text group;
	enum account_role role;

	while (next_row(&map, &group, &role))
		if (!group.len || !role || role == ROLE_SERVICE)
			return "wants group=role with blanks between; roles are user, agent, manager and admin";
	return NULL;
}

enum account_role federation_role(const char *map, enum account_role so_far, struct text group)
{
	enum account_role highest = so_far ? so_far : ROLE_USER, role;
	struct text mapped;

	if (!*map)
		return 0;
	while (next_row(&map, &mapped, &role))
		if (role > highest && text_equal(mapped, group))
			highest = role;
	return highest;
}

/* --- signing in -------------------------------------------------------------------------------- */
/* In the call's arena. */
struct arrival {
	const struct federated *person;
	struct text email;
	void (*then)(struct call *call, const struct token_subject *subject);
};

static const struct {
	const char *verdict;
	enum problem_code problem;
	const char *told; /* to the security log; NULL: nothing */
} refusals[] = {
	{ "replayed", PROBLEM_AUTH_SIGN_IN_REFUSED, NULL },
	{ "nameless", PROBLEM_AUTH_SIGN_IN_REFUSED, NULL },
	{ "unproven", PROBLEM_AUTH_ADDRESS_UNPROVEN, "unproven" },
	{ "disabled", PROBLEM_AUTH_ACCOUNT_DISABLED, "disabled" },
	{ "locked", PROBLEM_AUTH_INVALID_CREDENTIALS, "locked" },
};

static void refuse(struct call *call, const struct arrival *arrival, const struct db_result *rows)
{
	struct uuid account = db_uuid(rows, 0, 1);
	bool is_known = !db_is_null(rows, 0, 1);

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		if (!text_equal(db_text(rows, 0, 0), text_of(refusals[i].verdict)))
			continue;
		if (refusals[i].told && arrival->email.data)
			security_login_failed(call, is_known ? &account : NULL, arrival->email, refusals[i].told);
		respond_problem(call, refusals[i].problem, TEXT_NONE, NULL);
	}
}

static void on_verdict(struct call *call, void *state, const struct db_result *rows)
{
	struct arrival *arrival = state;
	struct token_subject subject;

	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		refuse(call, arrival, rows);
		return;
	}
	subject = (struct token_subject){ .account_id = db_uuid(rows, 0, 1),
		.email = text_copy(call->arena, db_text(rows, 0, 2)),
		.role = text_copy(call->arena, db_text(rows, 0, 3)),
		.epoch = db_int(rows, 0, 4),
		.first_name = text_copy(call->arena, db_text(rows, 0, 5)),
		.last_name = text_copy(call->arena, db_text(rows, 0, 6)) };
	if (db_bool(rows, 0, 7)) {
		revocations_add_epoch(&subject.account_id, subject.epoch);
		results_poke_revocations();
	}
	arrival->then(call, &subject);
}

/* What another service calls a name may hold anything. */
static struct text clean_name(struct arena *arena, struct text name)
{
	char *out = text_dup(arena, name.data && text_is_utf8(name, NULL) ? name : TEXT("")), *to = out;

	for (const char *from = out; *from; from++)
		if ((unsigned char)*from >= ' ' && *from != 0x7f)
			*to++ = *from;
	return (struct text){ out, (size_t)(to - out) };
}

static struct text described(struct call *call, const struct federated *person, struct text email)
{
	struct buffer out;

	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	if (email.data)
		buffer_json_member(&out, "email", email);
	buffer_json_member(&out, "firstName", clean_name(call->arena, person->first_name));
	buffer_json_member(&out, "lastName", clean_name(call->arena, person->last_name));
	buffer_json_member(&out, "language", text_of(language_word(call->language)));
	buffer_json_member_bool(&out, "isProven", person->is_proven);
	if (person->role)
		buffer_json_member(&out, "role", text_of(account_role_word(person->role)));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

void federation_sign_in(struct call *call, const struct federated *person,
        void (*then)(struct call *call, const struct token_subject *subject))
{
	struct arrival *arrival = ARENA_NEW(call->arena, struct arrival);
	struct uuid id = uuid_new(), registered = uuid_new(), role = uuid_new();

	arrival->person = person;
	arrival->then = then;
	if (person->email.data)
		arrival->email = address_normalized(call->arena, person->email);
	ask_write(call, QUERY_federated_sign_in, 11,
	        (struct db_param[]){ P_TEXT(person->issuer), P_TEXT(person->subject),
	                P_TEXT(described(call, person, arrival->email)), P_TEXT(person->state),
	                P_INT(person->by_password), P_UUID(&id), P_UUID(&registered), P_UUID(&role),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_verdict, arrival);
}
