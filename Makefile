# make alone prints this list.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
T ?= 30s
SEEDS ?= 1000
PEER ?= strongswan libreswan
PREFIX ?= /usr/local
PROGRAMS := $(notdir $(wildcard cmd/*))
OUT := out

.PHONY: help run test kernel interop matrix check race fuzz sim bench golden build install clean

help: ## print this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: ## one negotiation between two hosts: ladder, SAs, traffic, verdict
	@$(GO) run ./cmd/wit negotiate

test: ## everything that this machine can run; installs what it needs
	@.ci/deps
	@$(MAKE) --no-print-directory lint
	@mkdir -p $(OUT)
	@$(GO) tool gotestsum --format pkgname --hide-summary=output --jsonfile $(OUT)/test.json -- -timeout 10m ./...
	@if [ "$${CI:-}" = true ] && grep '"Action":"skip"' $(OUT)/test.json | grep '"Test":'; then \
		echo "In CI no test may be skipped: see the lines above." >&2; exit 1; fi
	@$(GO) run ./cmd/wit run --report json=$(OUT)/wit.json --report junit=$(OUT)/wit.xml
	@if [ "$${CI:-}" = true ] || [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory interop; else echo "make interop left out: the peers need root"; fi
	@if [ "$${CI:-}" = true ] || command -v qemu-system-x86_64 >/dev/null; then $(MAKE) --no-print-directory kernel matrix; \
		else echo "make kernel and make matrix left out: no qemu-system-x86_64"; fi

# A case runs where the most of it can be had: those with traffic in a guest, whose kernel has ESP, the others here. Everything runs side
# by side: cases mostly wait, and a guest has one processor.
INGUEST ?= features/interop/quickmode.feature features/interop/life.feature features/interop/aggressive.feature

interop: ## negotiations with real peers, both roles, and in a guest with data: PEER=strongswan, libreswan or both
	@mkdir -p $(OUT); $(GO) build -o $(OUT)/wit ./cmd/wit; runs=; there=; \
	run() { name=interop-$$1; shift; runs="$$runs $$name"; \
		( status=0; $(OUT)/wit run --as both --quiet --at-least 30 --timeout 60s --report json=$(OUT)/$$name.json "$$@" >$(OUT)/$$name.txt 2>&1 || status=$$?; \
		echo $$status >$(OUT)/$$name.status ) & }; \
	if [ "$${CI:-}" = true ] || command -v qemu-system-x86_64 >/dev/null; then there="$(INGUEST)"; \
		else echo "interop with data left out: no qemu-system-x86_64"; fi; \
	for peer in $(PEER); do \
		run $$peer --peer $$peer $${there:+$$(printf -- ' --exclude %s' $$there)} features/interop; \
		[ -z "$$there" ] || run $$peer-guest --peer $$peer --kernel guest --guest-cpus 1 --jobs 5 $$there features/interop/data.feature; done; \
	wait; bad=0; for name in $$runs; do \
		cat $(OUT)/$$name.txt; [ "$$(cat $(OUT)/$$name.status)" = 0 ] || { bad=1; echo "$$name: exit status $$(cat $(OUT)/$$name.status)" >&2; }; done; \
	exit $$bad

matrix: ## every implementation with every other, in a guest with data: out/matrix/index.html
	@$(GO) run ./cmd/wit matrix --kernel guest --timeout 60s --out $(OUT)/matrix

kernel: ## the scenarios that need a kernel with IPsec, in a guest that has one
	@mkdir -p $(OUT)
	@$(GO) run ./cmd/wit run --kernel guest --jobs 6 --timeout 90s --quiet --report json=$(OUT)/kernel.json --report junit=$(OUT)/kernel.xml \
		features/kernel features/sadb features/wit/lifetimes.feature features/wit/gateway.feature

check: lint ## format, vet, staticcheck, unit tests, features on the simulator; no root
	@$(GO) test -short ./impl/... ./harness/...
	@$(GO) run ./cmd/wit run --fabric sim

.PHONY: lint
lint:
	@out=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
		if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	@$(GO) vet ./...
	@$(GO) tool staticcheck ./...

race: ## the tests under the race detector
	@$(GO) test -race -short ./...

fuzz: ## every fuzz target for T (30s) each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(T) -fuzzminimizetime 10x $$pkg; done; done

bench: ## time and memory, as go test -bench prints them
	@$(GO) test -run '^$$' -bench . -benchmem ./impl/... ./netns/... ./harness/load

golden: ## re-record the golden files; git diff is the review
	@$(GO) test ./impl/engine/enginetest ./harness/capture -update

build: ## the programs, into bin/
	@mkdir -p bin
	@$(GO) build -o bin/ ./cmd/...

install: build ## programs and man pages, under PREFIX (/usr/local)
	@install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8
	@install -m 755 bin/* $(DESTDIR)$(PREFIX)/sbin/
	@install -m 644 docs/*.8 $(DESTDIR)$(PREFIX)/share/man/man8/

clean: ## take bin/ and out/ away
	@rm -rf bin $(OUT)
