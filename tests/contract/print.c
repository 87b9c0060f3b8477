/* print.c - prints the API from the catalogue: what can be asked for, by whom, with which
 * fields. `make contract`.
 */
#include <stdio.h>
#include "queues/catalogue.h"

static const char *const verbs[VERB_COUNT] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
static const char *const needs[] = { [FROM_PATH] = "path",
	[FROM_HEADER] = "If-Match",
	[REQUIRED] = "required",
	[OPTIONAL] = "optional",
	[CLEARABLE] = "clearable",
	[MINTED] = "minted" };

static void print_access(unsigned access)
{
	static const char *const words[] = { "PUBLIC", "SELF", "OWNER", "AGENT", "MANAGER", "ADMIN", "SERVICE" };
	const char *between = "";

	if (access == ANY) {
		printf("ANY");
		return;
	}
	for (int bit = 0; bit < 7; bit++) {
		if (!(access & (1u << bit)))
			continue;
		printf("%s%s", between, words[bit]);
		between = " ";
	}
}

static void print_kind(const struct kind *kind)
{
	printf("%s", kind->name);
	for (int w = 1; w < kind->word_count; w++)
		printf("%s%s", w == 1 ? ": " : " ", kind->words[w]);
	if (kind->shape == SHAPE_NUMBER)
		printf(", %lld to %lld", (long long)kind->least, (long long)kind->most);
	else if (kind->shape == SHAPE_LIST)
		printf(", at most %lld items of 1 to %d characters", (long long)kind->most, LIST_ITEM_CHARS);
	else if (kind->shape != SHAPE_WORD && kind->shape != SHAPE_UUID)
		printf(", %lld to %lld characters", (long long)kind->least, (long long)kind->most);
}

static void print_fields(const struct record *record)
{
	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		char name[FIELD_JSON_BYTES];

		field_json_name(field->name, name);
		printf("  %-18s %-9s ", name, needs[field->need]);
		print_kind(field->kind);
		if (field->who != ANY) {
			printf("; ");
			print_access(field->who);
		}
		printf("\n");
	}
}

static void print_command(const struct command *command)
{
	printf("%s  [", command->record.type);
	print_access(command->access);
	printf("]\n");
	for (int r = 0; r < route_count; r++)
		if (routes[r].command == command->id)
			printf("  %s /api/v1%s%s\n", verbs[routes[r].verb], routes[r].path,
			        routes[r].strictness == STRICT ? "" : "  (lenient)");
	if (command->answer >= 0)
		printf("  answered by %s\n", reads[command->answer].record.type);
	print_fields(&command->record);
}

int main(void)
{
	printf("COMMANDS\n\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		print_command(&commands[i]);
	printf("\nFORMS\n\n");
	for (int i = 0; i < FORM_COUNT; i++) {
		printf("%s\n", forms[i].type);
		print_fields(&forms[i]);
	}
	printf("\nREADS\n\n");
	for (int i = 0; i < READ_COUNT; i++) {
		printf("%s  [", reads[i].record.type);
		print_access(reads[i].access);
		printf("]\n  GET /api/v1%s\n", reads[i].path);
		print_fields(&reads[i].record);
	}
	printf("\nEVENTS\n\n");
	for (int i = 0; i < EVENT_COUNT; i++) {
		printf("%s\n", events[i].type);
		print_fields(&events[i]);
	}
	printf("\nWORK\n\n");
	for (int i = 0; i < WORK_COUNT; i++) {
		printf("%s\n", work_records[i].type);
		print_fields(&work_records[i]);
	}
	return 0;
}
