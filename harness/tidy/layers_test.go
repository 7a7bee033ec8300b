package tidy

import (
	"strings"
	"testing"
)

// A layer says what the packages of a folder may import of the project. A folder that ends in
// /... stands for itself and everything below it. What is not written is forbidden. The table
// is the one of ARCHITECTURE.md.
type layer struct {
	Folder string
	May    []string
	Pure   bool
}

var (
	wire  = []string{"impl/wire/..."}
	upTo2 = append([]string{"impl/alg", "impl/keymat", "impl/cert"}, wire...)
	upTo3 = append([]string{"impl/conn", "impl/secret", "impl/sadb"}, upTo2...)
	upTo4 = append([]string{"impl/ike", "impl/ike1", "impl/engine"}, upTo3...)
)

// The first layer that fits a folder is its layer.
var layers = []layer{
	{"impl/wire/bin", nil, true},
	{"impl/wire/...", []string{"impl/wire/bin", "impl/wire/ikehdr"}, true},
	{"impl/alg", wire, true},
	{"impl/keymat", upTo2, true},
	{"impl/cert", upTo2, true},
	{"impl/conn", upTo3, true},
	{"impl/secret", upTo3, true},
	{"impl/sadb", upTo3, true},
	{"impl/sadb/events", nil, false},
	{"impl/sadb/store", []string{"impl/sadb", "impl/sadb/events"}, false},
	{"impl/sadb/sadbtest", []string{"impl/sadb", "impl/alg"}, false},
	{"impl/ike", upTo3, true},
	{"impl/ike1", append([]string{"impl/ike"}, upTo3...), true},
	{"impl/engine", upTo4, true},
	{"impl/engine/enginetest", append([]string{"impl/simnet"}, upTo4...), false},
	{"impl/dataplane", []string{"impl/wire/ipsec", "impl/wire/bin", "impl/alg", "impl/sadb"}, true},
	{"impl/simnet", nil, true},
	{"impl/host", nil, false},
	{"impl/pfsa", []string{"impl/sadb", "impl/alg", "impl/wire/pfkey"}, true},
	{"impl/driver/...", []string{"impl/sadb", "impl/sadb/store", "impl/sadb/events", "impl/alg", "impl/pfsa", "impl/wire/pfkey", "impl/wire/ipsec", "impl/dataplane", "impl/host"}, false},
	{"impl/pfserver", []string{"impl/sadb", "impl/sadb/events", "impl/alg", "impl/pfsa", "impl/wire/pfkey"}, false},
	{"impl/ipseckey", []string{"impl/sadb", "impl/alg", "impl/pfsa", "impl/pfserver", "impl/driver/...", "impl/wire/pfkey"}, false},
	{"impl/control", []string{"impl/conn", "impl/secret", "impl/alg"}, true},
	{"impl/daemon", append([]string{"impl/dataplane", "impl/simnet", "impl/host", "impl/driver/...", "impl/pfserver", "impl/control"}, upTo4...), false},
	{"impl/plutoplus", append([]string{"impl/daemon", "impl/host", "impl/driver/...", "impl/pfserver"}, upTo4...), false},
	{"netns/topo", nil, false},
	{"netns/...", []string{"netns/..."}, false},
	{"features/...", nil, false},
	{"harness/capture/...", []string{"harness/capture/...", "impl/alg"}, false},
	{"harness/check", []string{"harness/capture/...", "impl/alg", "impl/sadb"}, false},
	{"harness/tidy", nil, false},
	{"harness/...", []string{"harness/...", "impl/...", "netns/...", "features/..."}, false},
	{"cmd/wit", []string{"impl/...", "harness/...", "netns/...", "features/..."}, false},
	{"cmd/...", []string{"impl/..."}, false},
}

// within reports whether folder is meant by pattern.
func within(folder, pattern string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return folder == base || strings.HasPrefix(folder, base+"/")
	}
	return folder == pattern
}

func layerOf(folder string) (layer, bool) {
	for _, l := range layers {
		if within(folder, l.Folder) {
			return l, true
		}
	}
	return layer{}, false
}

func (l layer) allows(folder, imported string) bool {
	if imported == folder {
		return true
	}
	for _, pattern := range l.May {
		if within(imported, pattern) {
			return true
		}
	}
	return false
}

func TestLayers(t *testing.T) {
	for _, s := range sources(t) {
		l, ok := layerOf(s.Folder)
		if !ok {
			t.Errorf("%s: folder %s has no layer; add it to the table here and in ARCHITECTURE.md", s.Path, s.Folder)
			continue
		}
		own, _ := s.imports()
		for _, imported := range own {
			// Tests may look at anything but what a judge must not see.
			if s.Test && !strings.HasPrefix(s.Folder, "harness/capture") {
				continue
			}
			if !l.allows(s.Folder, imported) {
				t.Errorf("%s imports %s; %s may import %v", s.Path, imported, l.Folder, l.May)
			}
		}
	}
}

// The judge is not the accused: what decodes for the harness must not decode with the code under
// test, tests included.
func TestTheJudgeIsNotTheAccused(t *testing.T) {
	for _, s := range sources(t) {
		if !within(s.Folder, "harness/capture/...") && !within(s.Folder, "harness/check") {
			continue
		}
		own, _ := s.imports()
		for _, imported := range own {
			if within(imported, "impl/wire/...") || imported == "impl/keymat" {
				t.Errorf("%s imports %s", s.Path, imported)
			}
		}
	}
}

func TestLayerTableRefusesWhatItShould(t *testing.T) {
	for _, row := range []struct {
		folder, imported string
		want             bool
	}{
		{"impl/wire/isakmp", "impl/wire/bin", true},
		{"impl/wire/isakmp", "impl/alg", false},
		{"impl/alg", "impl/keymat", false},
		{"impl/ike1", "impl/ike2", false},
		{"impl/dataplane", "impl/host", false},
		{"harness/capture", "impl/wire/isakmp", false},
		{"cmd/pluto", "harness/check", false},
		{"netns", "impl/host", false},
	} {
		l, ok := layerOf(row.folder)
		if !ok || l.allows(row.folder, row.imported) != row.want {
			t.Errorf("%s imports %s: want %v", row.folder, row.imported, row.want)
		}
	}
}
