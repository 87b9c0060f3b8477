/* charset.c - see charset.h. */
#include "base/mail/charset.h"

#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#define LABEL_BYTES_MOST 63
#define DETECT_BYTES_MOST 65536
#define CONFIDENCE_LEAST 35
#define PIVOT_UNITS 2048

/* What is written, and what is meant by it. The right side is a name that ICU knows. Those who write gb2312 or
 * iso-8859-1 use the larger set that Windows has under that name. */
static const struct {
	const char *label, *meant;
} aliases[] = {
	{ "iso-8859-1", "windows-1252" },
	{ "iso8859-1", "windows-1252" },
	{ "iso_8859-1", "windows-1252" },
	{ "8859-1", "windows-1252" },
	{ "latin1", "windows-1252" },
	{ "latin-1", "windows-1252" },
	{ "cp-850", "ibm-850" },
	{ "ansi_x3.110-1983", "windows-1252" },
	{ "iso-8859-9", "windows-1254" },
	{ "iso-8859-11", "windows-874" },
	{ "tis-620", "windows-874" },
	{ "iso-8859-8-i", "iso-8859-8" },
	{ "iso-8859-8-e", "iso-8859-8" },
	{ "iso-8859-6-i", "iso-8859-6" },
	{ "gb2312", "gb18030" },
	{ "iso-gb2312", "gb18030" },
	{ "gb_2312-80", "gb18030" },
	{ "gbk", "gb18030" },
	{ "x-gbk", "gb18030" },
	{ "cp936", "gb18030" },
	{ "euc-cn", "gb18030" },
	{ "ks_c_5601-1987", "windows-949" },
	{ "ks_c_5601", "windows-949" },
	{ "ksc5601", "windows-949" },
	{ "ks_c_5601-1989", "windows-949" },
	{ "euc-kr", "windows-949" },
	{ "korean", "windows-949" },
	{ "shift_jis", "windows-31j" },
	{ "shift-jis", "windows-31j" },
	{ "sjis", "windows-31j" },
	{ "x-sjis", "windows-31j" },
	{ "cp932", "windows-31j" },
	{ "iso-2022-jp-ms", "ISO_2022,locale=ja,version=4" },
	{ "iso-2022-jp", "ISO_2022,locale=ja,version=4" },
	{ "cp50220", "ISO_2022,locale=ja,version=4" },
	{ "big5", "windows-950" },
	{ "x-big5", "windows-950" },
	{ "cn-big5", "windows-950" },
	{ "unicode-1-1-utf-7", "utf-7" },
	{ "x-mac-roman", "macintosh" },
	{ "x-macroman", "macintosh" },
	{ "mac", "macintosh" },
	{ "cp1252", "windows-1252" },
	{ "win-1252", "windows-1252" },
	{ "uft-8", "utf-8" },
	{ "utf8", "utf-8" },
	{ "utf_8", "utf-8" },
	{ "unicode", "utf-16" },
	{ "us-ascii", "" },
	{ "ascii", "" },
	{ "ansi_x3.4-1968", "" },
	{ "x-unknown", "" },
	{ "unknown-8bit", "" },
	{ "unknown", "" },
	{ "binary", "" },
	{ "default", "" },
	{ "x-user-defined", "" },
};

/* --- labels ------------------------------------------------------------------------------------ */
static void clean_label(struct text label, char out[LABEL_BYTES_MOST + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < label.len && len < LABEL_BYTES_MOST; i++) {
		char c = label.data[i];

		if (c == '*' || c == ';' || c == '\n') /* the language of RFC 2231, and what was not cut off */
			break;
		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_.:+,=", c))
			out[len++] = c;
	}
	out[len] = 0;
}

/* The name for ICU; empty: it says nothing. */
static const char *meaning(const char *label)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcmp(label, aliases[i].label) == 0)
			return aliases[i].meant;
	return label;
}

static bool is_utf8_name(const char *name)
{
	return strcmp(name, "utf-8") == 0;
}

/* Such text is ASCII bytes alone, and valid UTF-8 says nothing about it. */
static bool hides_in_ascii(const char *name)
{
	return strncmp(name, "ISO_2022", 8) == 0 || strncmp(name, "iso-2022", 8) == 0 || strcmp(name, "utf-7") == 0 ||
	       strncmp(name, "hz", 2) == 0 || strncmp(name, "utf-16", 6) == 0 || strncmp(name, "utf-32", 6) == 0;
}

/* --- conversion -------------------------------------------------------------------------------- */
static struct text convert(struct arena *arena, struct text bytes, UConverter *from)
{
	UErrorCode error = U_ZERO_ERROR;
	UConverter *to = ucnv_open("UTF-8", &error);
	UChar pivot[PIVOT_UNITS], *pivot_source = pivot, *pivot_target = pivot;
	const char *source = bytes.data;
	struct buffer out;

	buffer_init(&out, arena, bytes.len + bytes.len / 2 + 16);
	for (bool first = true; first || error == U_BUFFER_OVERFLOW_ERROR; first = false) {
		char piece[4096], *target = piece;

		error = U_ZERO_ERROR;
		ucnv_convertEx(to, from, &target, piece + sizeof piece, &source, bytes.data + bytes.len, pivot,
		        &pivot_source, &pivot_target, pivot + PIVOT_UNITS, first, true, &error);
		buffer_append(&out, piece, (size_t)(target - piece));
	}
	ucnv_close(to);
	return text_mend(arena, buffer_view(&out));
}

/* TEXT_NONE: there is no such charset. */
static struct text convert_named(struct arena *arena, struct text bytes, const char *name)
{
	UErrorCode error = U_ZERO_ERROR;
	UConverter *from = name[0] ? ucnv_open(name, &error) : NULL;
	struct text converted;

	if (!from || U_FAILURE(error))
		return TEXT_NONE;
	converted = convert(arena, bytes, from);
	ucnv_close(from);
	return converted;
}

/* --- what it looks like ------------------------------------------------------------------------ */
static struct text detect(struct arena *arena, struct text bytes, const char *hint)
{
	UErrorCode error = U_ZERO_ERROR;
	UCharsetDetector *detector = ucsdet_open(&error);
	const UCharsetMatch *match;
	const char *name = "windows-1252";
	struct text converted;

	if (U_SUCCESS(error)) {
		ucsdet_setText(detector, bytes.data,
		        (int32_t)(bytes.len < DETECT_BYTES_MOST ? bytes.len : DETECT_BYTES_MOST), &error);
		if (hint[0])
			ucsdet_setDeclaredEncoding(detector, hint, -1, &error);
		match = ucsdet_detect(detector, &error);
		if (U_SUCCESS(error) && match && ucsdet_getConfidence(match, &error) >= CONFIDENCE_LEAST)
			name = ucsdet_getName(match, &error);
		if (strcmp(name, "ISO-8859-1") == 0 || strcmp(name, "UTF-8") == 0)
			name = "windows-1252";
	}
	converted = convert_named(arena, bytes, name);
	ucsdet_close(detector);
	return converted.data ? converted : text_mend(arena, bytes);
}

/* Text of another charset has hardly a sequence that is valid UTF-8; UTF-8 that was damaged has many. */
static bool is_nearly_utf8(struct text bytes)
{
	size_t good = 0, bad = 0;

	while (bytes.len > 0) {
		size_t step = text_utf8_step(bytes);

		good += step > 1;
		bad += step == 0 && bytes.data[0] != 0;
		bytes.data += step ? step : 1;
		bytes.len -= step ? step : 1;
	}
	return bad <= good;
}

static struct text without_mark(struct text bytes)
{
	if (text_starts_with(bytes, TEXT("\xEF\xBB\xBF")))
		return (struct text){ bytes.data + 3, bytes.len - 3 };
	return bytes;
}

/* A text that begins with the mark of UTF-16 is UTF-16, whatever its label says. */
static const char *marked(struct text bytes)
{
	if (bytes.len >= 4 && bytes.len % 2 == 0 &&
	        (memcmp(bytes.data, "\xFF\xFE", 2) == 0 || memcmp(bytes.data, "\xFE\xFF", 2) == 0))
		return "utf-16";
	return NULL;
}

/* --- both ------------------------------------------------------------------------------------- */
static bool has_high_bytes(struct text bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if ((unsigned char)bytes.data[i] >= 0x80)
			return true;
	return false;
}

static bool has_replacement(struct text text)
{
	return memmem(text.data, text.len, "\xEF\xBF\xBD", 3) != NULL;
}

/* Of a charset of seven bits: Japanese that was not made seven bits is one of two others. */
static const char *for_high_bytes(struct arena *arena, const char *name, struct text bytes)
{
	if (!hides_in_ascii(name) || strncmp(name, "utf-", 4) == 0 || !has_high_bytes(bytes))
		return name;
	if (!strstr(name, "ja") && !strstr(name, "jp"))
		return "";
	return has_replacement(convert_named(arena, bytes, "windows-31j")) ? "euc-jp" : "windows-31j";
}

/* By the name, if the bytes bear it out; TEXT_NONE: they do not, and look like UTF-8. */
static struct text convert_likely(struct arena *arena, struct text bytes, const char *name)
{
	struct text converted = convert_named(arena, bytes, for_high_bytes(arena, name, bytes));

	return converted.data && has_high_bytes(bytes) && has_replacement(converted) && is_nearly_utf8(bytes)
	               ? TEXT_NONE
	               : converted;
}

struct text charset_decode(struct arena *arena, struct text bytes, struct text label)
{
	char cleaned[LABEL_BYTES_MOST + 1];
	const char *name;
	struct text converted;

	clean_label(label, cleaned);
	name = marked(bytes) ? marked(bytes) : meaning(cleaned);
	bytes = without_mark(bytes);
	if (!hides_in_ascii(name) && text_is_utf8(bytes, NULL))
		return bytes;
	if (is_utf8_name(name) && is_nearly_utf8(bytes))
		return text_mend(arena, bytes);
	converted = is_utf8_name(name) ? TEXT_NONE : convert_likely(arena, bytes, name);
	if (converted.data)
		return converted;
	return is_nearly_utf8(bytes) ? text_mend(arena, bytes) : detect(arena, bytes, "");
}

struct text charset_guess(struct arena *arena, struct text bytes, struct text hint)
{
	if (bytes.len && memmem(bytes.data, bytes.len, "\x1B$", 2) && !has_high_bytes(bytes))
		return charset_decode(arena, bytes, TEXT("iso-2022-jp"));
	if (text_is_utf8(bytes, NULL))
		return bytes;
	return charset_decode(arena, bytes, hint);
}
