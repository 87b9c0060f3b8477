/* print.c - prints the API from the catalogue: what can be asked for, by whom, with which
 * fields. `make contract`.
 */
#include <stdio.h>
#include "queues/catalogue.h"

static const char *const needs[] = { [FROM_PATH] = "path",
	[FROM_HEADER] = "If-Match",
	[REQUIRED] = "required",
	[FROM_QUERY] = "query",
	[OPTIONAL] = "optional",
	[BODY_OR_QUERY] = "body or query",
	[CLEARABLE] = "clearable",
	[MINTED] = "minted" };

static void print_access(unsigned access)
{
	const char *between = "";

	if (access == ANY) {
		printf("ANY");
		return;
	}
	for (int i = 0; i < access_word_count; i++) {
		if (!(access & access_words[i].bit))
			continue;
		printf("%s%s", between, access_words[i].word);
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
	else if (kind->shape == SHAPE_FEW)
		printf(", %lld to %lld values", (long long)kind->least, (long long)kind->most);
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
			printf("  %s /api/v1%s%s\n", verb_words[routes[r].verb], routes[r].path,
			        routes[r].strictness == STRICT ? "" : "  (lenient)");
	if (command->answer >= 0)
		printf("  answered by %s\n", reads[command->answer].record.type);
	print_fields(&command->record);
}

static void print_action(const struct action *action)
{
	printf("%s  [", action->record.type);
	print_access(action->access);
	printf("]\n  %s /api/v1%s\n", verb_words[action->verb], action->path);
	if (action->sends)
		printf("  sends %s\n", action->sends);
	print_fields(&action->record);
}

static void print_old_paths(void)
{
	for (int i = 0; i < old_path_count; i++)
		printf("%s  is %s\n", old_paths[i].old_path, old_paths[i].path);
}

/* With the bit that stands for it in SQL; 0: it has none. */
static void print_roles(void)
{
	for (unsigned role = 1; role < account_role_count; role++)
		printf("%s %u\n", account_role_words[role], role_access((enum account_role)role));
}

int main(void)
{
	printf("COMMANDS\n\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		print_command(&commands[i]);
	printf("\nACTIONS\n\n");
	for (int i = 0; i < ACTION_COUNT; i++)
		print_action(&actions[i]);
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
	printf("\nOLD PATHS\n\n");
	print_old_paths();
	printf("\nROLES\n\n");
	print_roles();
	return 0;
}
