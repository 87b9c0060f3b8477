/* brand.h - how an installation shows itself in its mails: {"name", "color", "footer", "replyLine"}, each optional. */
#ifndef TEMPLATES_BRAND_H
#define TEMPLATES_BRAND_H

#include <jansson.h>
#include <stdbool.h>
#include "base/text.h"

#define BRAND_NAME "Support"
#define BRAND_COLOR "#1f5fbf"

/* "#" and six hexadecimal digits. */
bool brand_is_color(struct text color);
/* What the layouts say of the brand, into values: brandName, brandColor, footer; and replyLine, unless it is off. */
void brand_fill(const json_t *brand, struct text language, json_t *values);

#endif
