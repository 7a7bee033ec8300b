package main

import (
	"os"
	"strings"
	"testing"
)

// The manual page names every verb and every option, those of load apart, which its help lists.
func TestManualIsComplete(t *testing.T) {
	b, err := os.ReadFile("../../docs/wit.8")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, v := range verbs() {
		if !strings.Contains(page, ".It Cm "+v.name+"\n") {
			t.Errorf("docs/wit.8 does not tell of the verb %s", v.name)
		}
	}
	for _, o := range options {
		if o.verbs != "load" && !strings.Contains(page, "Fl -"+o.name) {
			t.Errorf("docs/wit.8 does not tell of --%s", o.name)
		}
	}
}
