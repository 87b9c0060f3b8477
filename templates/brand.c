/* brand.c - see brand.h. */
#include "templates/brand.h"

#include <string.h>
#include "templates/words.h"

bool brand_is_color(struct text color)
{
	return color.len == 7 && *color.data == '#' && strspn(color.data + 1, "0123456789abcdefABCDEF") >= 6;
}

static const char *member(const json_t *brand, const char *name, const char *otherwise)
{
	const char *given = json_string_value(json_object_get(brand, name));

	return given && *given ? given : otherwise;
}

void brand_fill(const json_t *brand, struct text language, json_t *values)
{
	const char *color = member(brand, "color", BRAND_COLOR);
	struct text reply = words_translate(TEXT("layout"), TEXT("reply"), language);

	json_object_set_new(values, "brandName", json_string(member(brand, "name", BRAND_NAME)));
	json_object_set_new(values, "brandColor", json_string(brand_is_color(text_of(color)) ? color : BRAND_COLOR));
	json_object_set_new(values, "footer", json_string(member(brand, "footer", "")));
	if (!json_is_false(json_object_get(brand, "replyLine")))
		json_object_set_new(values, "replyLine", json_stringn(reply.data, reply.len));
}
