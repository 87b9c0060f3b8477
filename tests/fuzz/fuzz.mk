# fuzz.mk - readers of what comes from outside, fed with anything: libFuzzer, clang.

FUZZ_SECONDS ?= 30
FUZZ_DIR     := build/fuzz
FUZZ_FLAGS   := -std=gnu17 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
FUZZ_LAYERS  := $(patsubst %.c,$(FUZZ_DIR)/%.o,$(filter-out %/jail.c,$(call sources,base)) $(call sources,queues) $(filter-out %/template.c %/sample.c,$(call sources,templates)) ingress/http/head.c ingress/http/headers.c \
                  ingress/file/disposition.c ingress/file/multipart.c $(addprefix ingress/mail/,path.c proxy.c reader.c refusal.c session.c) workers/notify/mention.c)
FUZZERS      := $(patsubst tests/fuzz/%.c,$(FUZZ_DIR)/bin/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))

FUZZ_MAIL    := $(patsubst %.c,$(FUZZ_DIR)/%.o,$(call sources,base/mail))
$(FUZZ_MAIL): CPPFLAGS += $(MAIL_SYS)

$(FUZZ_DIR)/bin/mail_%: $(FUZZ_DIR)/tests/fuzz/mail_%.o $(FUZZ_MAIL) $(FUZZ_LAYERS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@clang -fsanitize=fuzzer,address,undefined $^ $(LIBS_reading) $(LIBS_queues) $(LIBS_base) -lm -o $@

$(FUZZ_DIR)/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	@echo "  clang $<"
	@clang $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

$(FUZZ_DIR)/bin/%: $(FUZZ_DIR)/tests/fuzz/%.o $(FUZZ_LAYERS)
	@mkdir -p $(@D)
	@echo "  link  $@"
	@clang -fsanitize=fuzzer,address,undefined $^ $(LIBS_queues) $(LIBS_base) -lm -o $@

.PRECIOUS: $(FUZZ_DIR)/%.o
.PHONY: fuzz
fuzz: $(FUZZERS) ## feed the readers with anything, FUZZ_SECONDS=30 each
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)
