/* bounce_json.c - the notifications of Amazon SES, which come as JSON in a mail, by itself or as a text inside the JSON
 * of Amazon SNS: { "notificationType": "Bounce", "bounce": { "bouncedRecipients": [ { "emailAddress", "action",
 * "status", "diagnosticCode" } ] } }, and the same for "Complaint" and "Delivery".
 */
#include <jansson.h>
#include <string.h>
#include "base/mail/bounce.h"
#include "base/mail/people.h"

static struct text text_at(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? (struct text){ json_string_value(value), json_string_length(value) } : TEXT("");
}

static void add_recipient(struct bounce *bounce, const json_t *one, struct text action)
{
	struct arena *arena = bounce->mail->arena;
	struct text address = json_is_string(one) ? text_of(json_string_value(one)) : text_at(one, "emailAddress");
	struct mail_failed *row = bounce_add(bounce, people_first(arena, address).address);

	if (!row)
		return;
	row->action = action;
	row->status = text_copy(arena, bounce_find_status(text_at(one, "status")));
	bounce_say(bounce, row, line_lowered(arena, text_mend(arena, text_at(one, "diagnosticCode"))));
}

static void add_recipients(struct bounce *bounce, const json_t *list, struct text action)
{
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count && i < BOUNCE_FAILED_MOST; i++)
		add_recipient(bounce, json_array_get(list, i), action);
	bounce_judge(bounce);
}

static bool read_notification(struct bounce *bounce, const json_t *root, bool *out_complaint)
{
	struct text type = text_at(root, "notificationType");

	if (text_equal(type, TEXT("Bounce"))) {
		add_recipients(
		        bounce, json_object_get(json_object_get(root, "bounce"), "bouncedRecipients"), TEXT("failed"));
	} else if (text_equal(type, TEXT("Delivery"))) {
		add_recipients(
		        bounce, json_object_get(json_object_get(root, "delivery"), "recipients"), TEXT("delivered"));
	} else if (text_equal(type, TEXT("Complaint"))) {
		add_recipients(
		        bounce, json_object_get(json_object_get(root, "complaint"), "complainedRecipients"), TEXT(""));
		for (int i = 0; i < bounce->count; i++)
			bounce->rows[i].reason = TEXT("feedback");
		*out_complaint = true;
	}
	return bounce->count > 0;
}

/* Old programs break long lines by "!" and a blank on the next line; JSON needs no line ends. */
static struct text unbroken(struct arena *arena, struct text text)
{
	char *copy = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (i + 2 < text.len && text.data[i] == '!' && text.data[i + 1] == '\n' && text.data[i + 2] == ' ')
			i += 2;
		else if (text.data[i] != '\n')
			copy[len++] = text.data[i];
	}
	return (struct text){ copy, len };
}

bool bounce_from_json(struct bounce *bounce, bool *out_complaint)
{
	struct text text = line_trim(bounce->mail->text);
	json_t *root, *inner;
	bool found;

	if (!text.len || text.data[0] != '{' || text.len > BOUNCE_TEXT_BYTES_MOST ||
	        !line_has(text, "notificationType"))
		return false;
	text = unbroken(bounce->mail->arena, text);
	root = json_loadb(text.data, text.len, JSON_DISABLE_EOF_CHECK, NULL);
	inner = json_loads(text_dup(bounce->mail->arena, text_at(root, "Message")), 0, NULL);
	found = read_notification(bounce, inner ? inner : root, out_complaint);
	json_decref(inner);
	json_decref(root);
	return found;
}
