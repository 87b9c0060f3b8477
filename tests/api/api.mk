# api.mk - the API's description, and what is made of it.

DOCUMENT := $(BUILD)/tests/api/document
$(DOCUMENT): $(call objects,tests/api/document.c $(TESTED_ingress)) $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@$(LINK_TEST) $(TESTED_LIBS_ingress) $(ALL_LINK) -o $@

$(BUILD)/openapi.json: $(DOCUMENT)
	@$(DOCUMENT) > $@

$(BUILD)/guichet.postman_collection.json: $(BUILD)/openapi.json tests/api/postman.py tests/api/story.py
	@tests/api/postman.py $< > $@

.PHONY: openapi postman
openapi: $(BUILD)/openapi.json ## write the API's description to build/openapi.json
	@echo "$<"

postman: $(BUILD)/guichet.postman_collection.json ## write a Postman collection to build/guichet.postman_collection.json
	@echo "$<"
