/* contract_place.c - where a field's value lies in its record's struct, and how it is absent or cleared there. */
#include <string.h>
#include "queues/contract_private.h"

void *field_of(const struct field *field, void *record_struct)
{
	return (char *)record_struct + field->offset;
}

bool field_is_present(const struct field *field, const void *record_struct)
{
	const void *place = (const char *)record_struct + field->offset;

	switch (field->kind->shape) {
	case SHAPE_UUID:
		return !uuid_is_none(place);
	case SHAPE_WORD:
		return *(const unsigned *)place != 0;
	case SHAPE_NUMBER:
		return *(const int64_t *)place != 0;
	case SHAPE_LIST:
	case SHAPE_FEW:
		return ((const struct text_list *)place)->items != NULL;
	default:
		return ((const struct text *)place)->data != NULL;
	}
}

static const struct uuid cleared_uuid = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255 } };

bool uuid_is_cleared(const struct uuid *id)
{
	return uuid_equal(id, &cleared_uuid);
}

void field_forget(const struct field *field, void *record_struct)
{
	void *place = field_of(field, record_struct);

	switch (field->kind->shape) {
	case SHAPE_UUID:
		memset(place, 0, sizeof(struct uuid));
		break;
	case SHAPE_WORD:
		*(unsigned *)place = 0;
		break;
	case SHAPE_NUMBER:
		*(int64_t *)place = 0;
		break;
	case SHAPE_LIST:
	case SHAPE_FEW:
		*(struct text_list *)place = (struct text_list){ NULL, 0 };
		break;
	default:
		*(struct text *)place = TEXT_NONE;
	}
}

void field_clear(const struct field *field, void *place)
{
	if (field->kind->shape == SHAPE_UUID)
		*(struct uuid *)place = cleared_uuid;
	else if (field->kind->shape == SHAPE_NUMBER)
		*(int64_t *)place = NUMBER_CLEARED;
	else
		*(struct text *)place = TEXT("");
}
