/* html_tree.h - HTML as a tree, read by libgumbo within bounds. The tree lives in the arena and is never given back
 * singly: libgumbo would do that by a recursion as deep as the page.
 */
#ifndef BASE_MAIL_HTML_TREE_H
#define BASE_MAIL_HTML_TREE_H

#include <gumbo.h>
#include "base/arena.h"
#include "base/text.h"

/* What is nested deeper is left out: whoever walks the tree may do so by recursion. */
#define HTML_DEPTH_MOST 512

/* Its root, or NULL. HTML with tens of thousands of tags, or that opens far more than it closes, is cut. */
const GumboNode *html_tree(struct arena *arena, struct text html);
bool html_tree_cuts(struct text html);
/* The name of an element in lower case, also of one that HTML does not know. */
struct text html_tree_name(const GumboNode *node);
/* Whether a name, in any case, stands in a list. */
bool html_tree_lists(const char *const *list, size_t count, struct text name);
#define HTML_TREE_LISTS(list, name) html_tree_lists((list), sizeof(list) / sizeof((list)[0]), (name))
/* Of an element: the children. */
const GumboVector *html_tree_children(const GumboNode *node);
bool html_tree_is_element(const GumboNode *node);
/* Characters, a CDATA section or blanks. */
bool html_tree_is_text(const GumboNode *node);

#endif
