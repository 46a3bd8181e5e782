# The same targets serve a person and CI; none hides a failure.

.DEFAULT_GOAL := help
.PHONY: help setup run test test-walk test-slow check fix bench seed backup restore-check lock

PYTHON := .venv/bin/python
STACK  := $(PYTHON) scripts/stack.py
DEV    := scripts/setup.sh dev
COMPILE = .venv/bin/uv pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

help:
	@echo "make run        install, start everything on this machine, print address and logins"
	@echo "make test       the tests (some minutes); make test-slow: workers killed, browser, volume"
	@echo "make test-walk  every address × method × role × relation, half an hour: before a release"
	@echo "make check      lint, types, imports, templates, migrations, production settings"
	@echo "make fix        format sources and templates"
	@echo "make seed       fill the database of 'make run' with the demo company, if it is empty"
	@echo "make backup     copy database and files; make restore-check: restore the copy for trial and compare"
	@echo "make bench      measure, beside the machine's own limits"
	@echo "make lock       resolve requirements*.txt anew into lock/"

setup:
	@scripts/setup.sh

run:
	@scripts/setup.sh
	@exec $(STACK) run

test:
	@$(DEV)
	@exec $(STACK) test $(PYTHON) -m pytest -n 2 --dist loadfile -m "not slow and not browser and not walk" $(ARGS)

test-walk:
	@$(DEV)
	@exec $(STACK) test $(PYTHON) -m pytest -n 2 -m walk $(ARGS)

test-slow:
	@$(DEV)
	@exec $(STACK) test $(PYTHON) -m pytest -m "slow or browser" $(ARGS)

check:
	@$(DEV)
	@exec $(STACK) test $(PYTHON) scripts/check.py

fix:
	@$(DEV)
	@exec $(PYTHON) scripts/check.py --fix

bench:
	@$(DEV)
	@exec $(STACK) bench $(PYTHON) -m benchmarks $(ARGS)

seed:
	@scripts/setup.sh
	@exec $(STACK) exec $(PYTHON) manage.py seed --if-empty --force-demo

backup:
	@scripts/setup.sh
	@exec $(STACK) exec $(PYTHON) manage.py backup

restore-check:
	@scripts/setup.sh
	@exec $(STACK) exec $(PYTHON) manage.py restore_check $(ARGS)

# The developers' lock first: what both hold has the same version in both.
lock:
	@$(DEV)
	$(COMPILE) $(ARGS) requirements-dev.txt -o lock/dev.txt
	$(COMPILE) $(ARGS) requirements.txt -c lock/dev.txt -o lock/run.txt
	$(COMPILE) $(ARGS) lock/uv.in -o lock/uv.txt
	npm install --package-lock-only --ignore-scripts
