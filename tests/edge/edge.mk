# edge.mk - the programs the ring `edge` attacks: the ingress of this build, sanitized when SAN is set.

.PHONY: edge-programs edge
edge-programs: $(BUILD)/bin/guichet-ingress $(CONTRACT)

edge: all ## bad input, smuggling, slow clients and floods against the sanitized ingress
	$(MAKE) --no-print-directory SAN=address,undefined edge-programs
	@tests/edge/run
