/* document.c - prints the API's description as ingress serves it, without a stack. `make openapi`. */
#include <stdio.h>
#include "ingress/openapi/openapi.h"

int main(void)
{
	struct text bytes = openapi_document();

	return fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len && putchar('\n') != EOF ? 0 : 1;
}
