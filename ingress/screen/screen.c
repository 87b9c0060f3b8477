/* screen.c - GET /ops and what it loads: the page of who looks after Guichet. Its files are in the program as they
 * stand here.
 *
 *   ops.html   what is there before anything is known     words.js   what it says, in French and in English
 *   ops.css    both themes, any width                     door.js    signing in, requests, the stream
 *   ops.js     what happens with what was seen            draw.js    what was seen, as elements
 *
 * The files tell nothing: all the page shows it asks for, with the token of who has signed in.
 */
#include <pthread.h>
#include <string.h>
#include "ingress/http/action.h"
#include "ingress/http/etag.h"
#include "ingress/http/gzip.h"
#include "ingress/http/page.h"
#include "ingress/http/respond.h"

#define POLICY                                                                                                         \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "          \
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

#define FILE_IN_PROGRAM(symbol, name)                                                                                  \
	__asm__(".section .rodata\n.global " #symbol "_begin, " #symbol "_end\n" #symbol                               \
	        "_begin:\n.incbin \"ingress/screen/" name "\"\n" #symbol "_end:\n.byte 0\n.previous\n");               \
	extern const char symbol##_begin[], symbol##_end[]

FILE_IN_PROGRAM(screen_html, "ops.html");
FILE_IN_PROGRAM(screen_css, "ops.css");
FILE_IN_PROGRAM(screen_ops, "ops.js");
FILE_IN_PROGRAM(screen_draw, "draw.js");
FILE_IN_PROGRAM(screen_door, "door.js");
FILE_IN_PROGRAM(screen_words, "words.js");

#define SCRIPT_TYPE "text/javascript; charset=utf-8"

static struct screen_file {
	const char *name, *type, *begin, *end;
	struct text whole, packed, tag;
} files[] = {
	{ "", PAGE_TYPE, screen_html_begin, screen_html_end, { 0 }, { 0 }, { 0 } },
	{ "ops.css", "text/css; charset=utf-8", screen_css_begin, screen_css_end, { 0 }, { 0 }, { 0 } },
	{ "ops.js", SCRIPT_TYPE, screen_ops_begin, screen_ops_end, { 0 }, { 0 }, { 0 } },
	{ "draw.js", SCRIPT_TYPE, screen_draw_begin, screen_draw_end, { 0 }, { 0 }, { 0 } },
	{ "door.js", SCRIPT_TYPE, screen_door_begin, screen_door_end, { 0 }, { 0 }, { 0 } },
	{ "words.js", SCRIPT_TYPE, screen_words_begin, screen_words_end, { 0 }, { 0 }, { 0 } },
};

static void pack_files(void)
{
	struct arena *kept = arena_new(256 * 1024); /* as long as the process */

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct screen_file *file = &files[i];

		file->whole = (struct text){ file->begin, (size_t)(file->end - file->begin) };
		file->packed = gzip_pack(kept, file->whole);
		file->tag = etag_of_bytes(kept, file->whole);
	}
}

static void show(struct call *call, struct text name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, pack_files);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (!text_equal(name, text_of(files[i].name)))
			continue;
		respond_file(call, files[i].type, POLICY, files[i].whole, files[i].packed, files[i].tag);
		return;
	}
	respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
}

void ops_page(struct call *call)
{
	show(call, TEXT(""));
}

void ops_file(struct call *call, const struct ops_file *form)
{
	show(call, form->name);
}
