/* template_brand.c - "template.brand": how the desk shows itself in its mails. What is not given stays; what is taken
 * away is as it is built in. Refuses a color that is none. Emits template.branded; nothing when nothing has changed.
 */
#include "templates/brand.h"
#include "workers/desk/template.h"

static void put(json_t *brand, const char *member, struct text given)
{
	if (given.len)
		json_object_set_new(brand, member, json_stringn(given.data, given.len));
	else if (given.data)
		json_object_del(brand, member);
}

enum outcome template_brand(struct job *job, const struct template_brand *cmd)
{
	json_t *body, *brand;

	if (cmd->color.len && !brand_is_color(cmd->color))
		return job_refuse_field(job, "color", "must be # and six hexadecimal digits, like #1f5fbf");
	body = body_open(job_texts(job)->body);
	brand = json_deep_copy(json_object_get(body, "brand"));
	json_decref(body);
	if (!brand)
		brand = json_object();
	put(brand, "name", cmd->name);
	put(brand, "color", cmd->color);
	put(brand, "footer", cmd->footer);
	if (cmd->reply_line)
		json_object_set_new(brand, "replyLine", json_boolean(cmd->reply_line == FLAG_TRUE));
	return template_keep_brand(job, brand);
}
