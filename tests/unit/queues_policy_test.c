/* queues_policy_test.c - a policy is read with what is wrong first, and chosen by what a ticket is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "queues/policy_read.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 16);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct sla_policy *read_text(const char *text, struct policy_fault *fault)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	struct sla_policy *policy;

	assert_non_null(json);
	policy = policy_read(arena, json, fault);
	json_decref(json);
	return policy;
}

static struct sla_policy *good(const char *text)
{
	struct policy_fault fault = { 0 };
	struct sla_policy *policy = read_text(text, &fault);

	if (!policy)
		fail_msg("%s: %s", fault.pointer, fault.detail);
	return policy;
}

static void reads_all_of_it(void **state)
{
	const struct sla_policy *policy =
	        good("{\"name\":\" Gold \",\"calendarId\":null,\"criteria\":{\"priority\":[\"urgent\",\"high\"]},"
	             "\"targets\":{\"urgent\":{\"firstResponse\":1800,\"nextResponse\":null,\"resolution\":7200},"
	             "\"high\":{}},"
	             "\"warnings\":[50,90],\"escalations\":[{\"target\":\"resolution\",\"after\":-1800,"
	             "\"notify\":[\"assignee\",\"role:manager\"],\"raisePriority\":true,"
	             "\"assignTo\":\"01890000-0000-7000-8000-000000000001\"}],\"autoCloseAfter\":86400,\"reminders\":["
	             "60,120]}");

	(void)state;
	assert_int_equal(policy->name.len, 4);
	assert_int_equal(policy->budget_us[PRIORITY_URGENT][SLA_FIRST_RESPONSE], 1800000000LL);
	assert_int_equal(policy->budget_us[PRIORITY_URGENT][SLA_NEXT_RESPONSE], 0);
	assert_int_equal(policy->budget_us[PRIORITY_LOW][SLA_RESOLUTION], 0);
	assert_int_equal(policy->criteria.priorities, 1 << PRIORITY_URGENT | 1 << PRIORITY_HIGH);
	assert_int_equal(policy->warning_count, 2);
	assert_int_equal(policy->escalations[0].after_us, -1800000000LL);
	assert_int_equal(policy->escalations[0].notify[1].role, ROLE_MANAGER);
	assert_int_equal(policy->escalations[0].assign_to.whom, SLA_ACCOUNT);
	assert_true(policy->escalations[0].raise_priority);
	assert_int_equal(policy->auto_close_us, 86400000000LL);
	assert_int_equal(policy->reminders_us[1], 120000000);
}

static void says_where_it_is_wrong(void **state)
{
	static const struct {
		const char *text, *pointer;
	} wrong[] = {
		{ "[]", "" },
		{ "{}", "/targets" },
		{ "{\"targets\":{},\"colour\":1}", "/colour" },
		{ "{\"targets\":{\"none\":{}}}", "/targets/none" },
		{ "{\"targets\":{\"low\":[]}}", "/targets/low" },
		{ "{\"targets\":{\"low\":{\"resolution\":0}}}", "/targets/low/resolution" },
		{ "{\"targets\":{\"low\":{\"resolution\":1.5}}}", "/targets/low/resolution" },
		{ "{\"targets\":{\"low\":{\"resolution\":9000000000000}}}", "/targets/low/resolution" },
		{ "{\"targets\":{\"low\":{\"answer\":5}}}", "/targets/low/answer" },
		{ "{\"targets\":{},\"warnings\":[75,75]}", "/warnings/1" },
		{ "{\"targets\":{},\"warnings\":[100]}", "/warnings/0" },
		{ "{\"targets\":{},\"warnings\":[1,2,3,4,5,6,7,8,9]}", "/warnings" },
		{ "{\"targets\":{},\"reminders\":[\"x\"]}", "/reminders/0" },
		{ "{\"targets\":{},\"autoCloseAfter\":-1}", "/autoCloseAfter" },
		{ "{\"targets\":{},\"criteria\":{\"priority\":[\"low\",\"soon\"]}}", "/criteria/priority/1" },
		{ "{\"targets\":{},\"criteria\":{\"requester\":[\"example.org\"]}}", "/criteria/requester/0" },
		{ "{\"targets\":{},\"criteria\":{\"tag\":[\" \"]}}", "/criteria/tag/0" },
		{ "{\"targets\":{},\"criteria\":{\"tag\":\"vip\"}}", "/criteria/tag" },
		{ "{\"targets\":{},\"criteria\":{\"team\":[]}}", "/criteria/team" },
		{ "{\"targets\":{},\"escalations\":[{\"target\":\"resolution\",\"after\":0}]}", "/escalations/0" },
		{ "{\"targets\":{},\"escalations\":[{\"target\":\"all\"}]}", "/escalations/0/target" },
		{ "{\"targets\":{},\"escalations\":[{\"target\":\"resolution\"}]}", "/escalations/0/after" },
		{ "{\"targets\":{},\"escalations\":[{\"target\":\"resolution\",\"after\":0,\"notify\":[\"role:user\"]}]"
		  "}",
		        "/escalations/0/notify/0" },
		{ "{\"targets\":{},\"escalations\":[{\"target\":\"resolution\",\"after\":0,\"assignTo\":\"assignee\"}]"
		  "}",
		        "/escalations/0/assignTo" },
		{ "{\"targets\":{},\"escalations\":[7]}", "/escalations/0" },
		{ "{\"targets\":{},\"name\":\" \"}", "/name" },
		{ "{\"targets\":{},\"calendarId\":\"x\"}", "/calendarId" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct policy_fault fault = { 0 };

		assert_null(read_text(wrong[i].text, &fault));
		assert_string_equal(fault.pointer, wrong[i].pointer);
		assert_non_null(fault.detail);
	}
}

static void the_first_that_fits_governs(void **state)
{
	struct text tags[] = { TEXT("Printer"), TEXT("vip") };
	struct sla_subject subject = { PRIORITY_LOW, TEXT("network"), { tags, 2 }, { { 1 } }, TEXT("ann@Example.org") };
	const struct sla_policy *policies[] = {
		good("{\"targets\":{},\"criteria\":{\"priority\":[\"high\"]}}"),
		good("{\"targets\":{},\"criteria\":{\"requester\":[\"@example.com\"]}}"),
		good("{\"targets\":{},\"criteria\":{\"category\":[\"hardware\"],\"tag\":[\"vip\"]}}"),
		good("{\"targets\":{},\"criteria\":{\"requester\":[\"01890000-0000-7000-8000-000000000001\",\"@example."
		     "org\"],"
		     "\"tag\":[\"VIP\",\"x\"]}}"),
		good("{\"targets\":{}}"),
	};

	(void)state;
	assert_ptr_equal(sla_policy_choose(policies, 5, &subject), policies[3]);
	subject.requester_email = TEXT("ann@notexample.org");
	assert_ptr_equal(sla_policy_choose(policies, 5, &subject), policies[4]);
	subject.category = TEXT("Hardware");
	assert_ptr_equal(sla_policy_choose(policies, 5, &subject), policies[2]);
	subject.priority = PRIORITY_HIGH;
	assert_ptr_equal(sla_policy_choose(policies, 5, &subject), policies[0]);
	assert_null(sla_policy_choose(policies, 0, &subject));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a policy is read as it is written", reads_all_of_it, setup, teardown, NULL },
		{ "what is wrong has a pointer", says_where_it_is_wrong, setup, teardown, NULL },
		{ "the first policy that fits a ticket governs it", the_first_that_fits_governs, setup, teardown,
		        NULL },
	};

	return cmocka_run_group_tests_name("queues policy", tests, NULL, NULL);
}
