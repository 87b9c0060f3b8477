/* policy.c - see policy.h. */
#include "ingress/account/policy.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/log.h"
#include "base/secret.h"
#include "base/unicode.h"
#include "queues/access_key.h"
#include "ingress/http/headers.h"
#include "ingress/http/respond.h"
#include "queues/contract.h"

#define CHARACTERS_LEAST 8
#define BYTES_MOST 1024
#define LONG_ENOUGH 20 /* characters of a sentence, which needs no digits */
#define KINDS_LEAST 3
#define NAME_LEAST 4

enum { ENVIRONMENT_DEVELOPMENT, ENVIRONMENT_PRODUCTION };
enum { POLICY_AUTO, POLICY_BASIC, POLICY_STRONG };
enum { VERIFY_AUTO, VERIFY_NO, VERIFY_YES };

static const char *password_list;
static int64_t environment, password_policy, verify_email;
static const char *factor_roles;

struct setting policy_settings[] = {
	{ "ENVIRONMENT", SETTING_WORD, &environment, "development", .words = "development production",
	        .help = "production: strong passwords, addresses proven by mail, cookies by TLS alone, no weak "
	                "JWT_SECRET" },
	{ "PASSWORD_POLICY", SETTING_WORD, &password_policy, "auto", .words = "auto basic strong",
	        .help = "which passwords are taken; auto: strong in production, basic in development" },
	{ "PASSWORD_LIST", SETTING_FILE, &password_list, "",
	        .help = "a file of passwords that a strong policy refuses beside those it knows, one a line (of "
	                "breaches, say); 256 MB at most" },
	{ "VERIFY_EMAIL", SETTING_WORD, &verify_email, "auto", .words = "auto no yes",
	        .help = "whether who registers is mailed nothing but a link that proves the address, until it is "
	                "followed; "
	                "auto: yes in production, no in development" },
	{ "MFA_REQUIRED_FOR", SETTING_TEXT, &factor_roles, "", .max = 200,
	        .help = "roles, blanks between, that can do nothing before they have a second factor; it counts when "
	                "they sign in or renew a session" },
	{ 0 },
};

bool policy_is_production(void)
{
	return environment == ENVIRONMENT_PRODUCTION;
}

bool policy_verifies_email(void)
{
	return verify_email == VERIFY_YES || (verify_email == VERIFY_AUTO && policy_is_production());
}

static bool is_strong(void)
{
	return password_policy == POLICY_STRONG || (password_policy == POLICY_AUTO && policy_is_production());
}

bool policy_wants_factor(struct text role)
{
	struct text rest = text_of(factor_roles), wanted;

	while (headers_next(&rest, ' ', &wanted))
		if (text_equal(wanted, role))
			return true;
	return false;
}

static void check_factor_roles(void)
{
	struct text rest = text_of(factor_roles), wanted;

	while (headers_next(&rest, ' ', &wanted))
		if (!word_find(wanted, account_role_words, account_role_count)) {
			log_critical("MFA_REQUIRED_FOR names what is no role", LOG_VIEW("role", wanted));
			exit(EX_CONFIG);
		}
}

void policy_start(void)
{
	const char *why = NULL;

	check_factor_roles();
	if (policy_is_production() && secret_is_weak(access_secret().data))
		why = "JWT_SECRET can be guessed: it is an example, or hardly varies; draw another (openssl rand -hex "
		      "32)";
	else if (*password_list && !policy_list_load(password_list))
		why = "PASSWORD_LIST cannot be read, or has more than 256 MB";
	if (!why)
		return;
	log_critical(why);
	exit(EX_CONFIG);
}

/* --- passwords ------------------------------------------------------------------------ */
static bool is_first_guess(struct text password)
{
	return text_equal_nocase(password, TEXT("password")) || text_equal(password, TEXT("12345678"));
}

/* How many of small letters, capitals, digits, others; all that is not ASCII is others. */
static int kinds_of(struct text password, size_t *out_characters)
{
	bool small = false, capital = false, digit = false, other = false;
	uint32_t c;

	for (*out_characters = 0; unicode_next(&password, &c); ++*out_characters) {
		if (c >= 'a' && c <= 'z')
			small = true;
		else if (c >= 'A' && c <= 'Z')
			capital = true;
		else if (c >= '0' && c <= '9')
			digit = true;
		else
			other = true;
	}
	return small + capital + digit + other;
}

static bool holds_name(struct text password, struct text email)
{
	const char *at = email.len ? memchr(email.data, '@', email.len) : NULL;
	size_t len = at ? (size_t)(at - email.data) : 0;

	if (len < NAME_LEAST)
		return false;
	for (size_t i = 0; i + len <= password.len; i++)
		if (text_equal_nocase((struct text){ password.data + i, len }, (struct text){ email.data, len }))
			return true;
	return false;
}

const char *policy_judge(struct text password, struct text email, bool strong)
{
	size_t characters;
	int kinds = kinds_of(password, &characters);

	if (!text_is_utf8(password, NULL))
		return "must be well-formed UTF-8";
	if (characters < CHARACTERS_LEAST || password.len > BYTES_MOST)
		return "must have 8 characters or more, and 1024 bytes at most";
	if (is_first_guess(password) || text_equal_nocase(password, email))
		return "is the first that anybody would guess";
	if (!strong)
		return NULL;
	if (policy_is_common(password))
		return "is one of the passwords that are used most";
	if (holds_name(password, email))
		return "must not hold the name of the address";
	if (characters < LONG_ENOUGH && kinds < KINDS_LEAST)
		return "needs three of small letters, capitals, digits and others, or 20 characters";
	return NULL;
}

bool policy_allows(struct call *call, const char *member, struct text password, struct text email)
{
	const char *why = policy_judge(password, email, is_strong());
	struct problems problems = { 0 };

	if (!why)
		return true;
	problem_add(&problems, member, "weak", why);
	respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return false;
}
