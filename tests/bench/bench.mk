# bench.mk - how quick it is, measured; not a part of `make test`.

.PHONY: bench-lists
bench-lists: $(MIGRATE) ## lists, figures and search with a thousand and with a million tickets (minutes)
	@TEST_BUILD=$(BUILD) tests/bench/lists
