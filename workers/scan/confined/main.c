/* main.c - guichetpicture: makes a preview and a thumbnail of a picture that a stranger has sent.
 *
 *   stdin   the picture, as a file that can be read at any place
 *   stdout  "<width> <height> <bytes of the preview> <bytes of the thumbnail>\n", then the two, as JPEG
 *
 * A program of its own, because decoders have holes: it has no connection, no secret and no file but these two, and
 * gives up the rest before it looks at the first byte (base/jail.h). Only four formats are read, each by its own
 * decoder, whatever the picture claims to be. The pixels are counted before they are decoded. What comes out was drawn
 * anew: no metadata, no place where it was taken; turned as the camera said.
 */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>
#include <vips/vips.h>
#include "base/jail.h"

#include <vips/vector.h> /* needs vips.h before it */

#define PIXELS_MOST 50000000
#define PREVIEW_SIDE 1280
#define THUMBNAIL_SIDE 256
#define QUALITY 82

static const int threads[] = { SCMP_SYS(clone), SCMP_SYS(clone3), 0 };
static const struct jail jail = { .memory_bytes = 768UL << 20, .cpu_seconds = 15, .more = threads };

static const char *const loaders[] = { "VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp",
	"VipsForeignLoadNsgif" };

struct drawn {
	void *bytes;
	size_t count;
};

static void refuse(const char *why)
{
	fprintf(stderr, "guichetpicture: %s: %s\n", why, vips_error_buffer());
	_exit(EX_DATAERR); /* what runs at an exit is not for the jail */
}

static void allow_four_formats(void)
{
	vips_block_untrusted_set(TRUE);
	vips_operation_block_set("VipsForeignLoad", TRUE);
	for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++)
		vips_operation_block_set(loaders[i], FALSE);
}

static VipsSource *open_source(void)
{
	VipsSource *source = vips_source_new_from_descriptor(STDIN_FILENO);

	if (!source)
		refuse("it cannot be read");
	return source;
}

/* Reads the head alone. */
static void measure(int *width, int *height)
{
	VipsSource *source = open_source();
	VipsImage *image = vips_image_new_from_source(source, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL);

	if (!image)
		refuse("it is no picture of a known format");
	*width = vips_image_get_width(image);
	*height = vips_image_get_page_height(image);
	if ((int64_t)*width * vips_image_get_height(image) > PIXELS_MOST)
		refuse("it has too many pixels");
	if (vips_image_get_orientation_swap(image)) {
		int turned = *width;

		*width = *height;
		*height = turned;
	}
	g_object_unref(image);
	g_object_unref(source);
}

/* Never larger than it was; what can be seen through is put on white. */
static struct drawn draw(int side)
{
	VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
	VipsSource *source = open_source();
	VipsImage *small = NULL;
	struct drawn drawn;

	if (vips_thumbnail_source(source, &small, side, "height", side, "size", VIPS_SIZE_DOWN, NULL) ||
	        vips_jpegsave_buffer(
	                small, &drawn.bytes, &drawn.count, "Q", QUALITY, "strip", TRUE, "background", white, NULL))
		refuse("it cannot be decoded");
	g_object_unref(small);
	g_object_unref(source);
	vips_area_unref(VIPS_AREA(white));
	return drawn;
}

static void give(struct drawn drawn)
{
	if (fwrite(drawn.bytes, 1, drawn.count, stdout) != drawn.count)
		_exit(EX_IOERR);
	g_free(drawn.bytes);
}

int main(void)
{
	struct drawn preview, thumbnail;
	int width, height;

	jail_limit(&jail);
	if (VIPS_INIT("guichetpicture"))
		refuse("libvips does not start");
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_vector_set_enabled(FALSE); /* it would write programs into its memory */
	allow_four_formats();
	jail_close(&jail);

	measure(&width, &height);
	preview = draw(PREVIEW_SIDE);
	thumbnail = draw(THUMBNAIL_SIDE);
	printf("%d %d %zu %zu\n", width, height, preview.count, thumbnail.count);
	give(preview);
	give(thumbnail);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}
