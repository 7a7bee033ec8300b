package main

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	for _, row := range []struct {
		line string
		exit int
		says string
	}{
		{"--for strongswan @interop", 0, "proposals = 3des-sha1-modp1536"},
		{"--for libreswan @interop", 0, "\tike=3des-sha1-modp1536\n"},
		{"--for strongswan @interop", 0, "mode = tunnel"},
		{"--for libreswan @interop", 0, "\tah=sha1;modp1536\n"},
		{"--for libreswan @interop", 0, "libreswan has no cipher des"},
		{"--for racoon @interop", 2, "it is one of strongswan, libreswan"},
		{"@interop", 2, "--for says whose"},
		{"--for strongswan", 2, "which scenario"},
		{"--for strongswan features/wit", 1, "no configuration for any"},
		{"--for strongswan nothing-is-called-like-this", 3, "matches none"},
	} {
		exit, out, complaint := wit(t, append([]string{"config"}, strings.Fields(row.line)...)...)
		if exit != row.exit || !strings.Contains(out+complaint, row.says) {
			t.Errorf("wit config %s: exit %d, want %d and %q\n%.300s\n%.300s", row.line, exit, row.exit, row.says, out, complaint)
		}
		if strings.Contains(out, "a secret of") {
			t.Errorf("wit config %s prints a secret", row.line)
		}
	}
}
