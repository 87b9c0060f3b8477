/* take.c - see take.h. */
#include "workers/fetch/take.h"

#include <stdlib.h>
#include "queues/file_place.h"

void take_begin(struct take *take, struct store *store)
{
	*take = (struct take){ .store = store, .digest = EVP_MD_CTX_new() };
	if (!take->digest || EVP_DigestInit_ex(take->digest, EVP_sha256(), NULL) != 1)
		abort();
	take->outcome = store_write_begin(store, &take->writer);
}

bool take_bytes(void *arg, struct text piece)
{
	struct take *take = arg;

	take->size += (int64_t)piece.len;
	take->too_large = take->size > inbound_bytes_most;
	if (take->outcome != STORE_DONE || take->too_large)
		return false;
	EVP_DigestUpdate(take->digest, piece.data, piece.len);
	take->outcome = store_write(take->writer, piece.data, piece.len);
	return take->outcome == STORE_DONE;
}

bool take_keep(struct take *take, struct inbound *mail)
{
	char key[FILE_KEY_ROOM];

	if (take->outcome != STORE_DONE)
		return false;
	EVP_DigestFinal_ex(take->digest, mail->sha256, NULL);
	mail->size = take->size;
	file_key_mail(mail->id, key);
	take->outcome = store_write_commit(&take->writer, BUCKET_MAIL, key, mail->sha256);
	return take->outcome == STORE_DONE;
}

void take_end(struct take *take)
{
	store_write_abort(&take->writer);
	EVP_MD_CTX_free(take->digest);
}
