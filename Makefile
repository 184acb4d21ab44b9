# Shortcuts for the scripts in .ci, which need no make.
.PHONY: build example test lint format documentation ci

build:
	.ci/install
	swift build -c release --product ppl

example:
	.ci/example

test:
	.ci/test

lint:
	.ci/lint

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

documentation:
	.ci/documentation

ci:
	.ci/run
