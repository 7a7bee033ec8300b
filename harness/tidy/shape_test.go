package tidy

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

const (
	maxFileLines     = 400
	maxTableLines    = 800 // files named table_*, names_* or *_table, and tests
	maxTestLines     = 900
	maxFunctionLines = 70
)

func TestFileSizes(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxFileLines
		name := path.Base(s.Path)
		switch {
		case s.Test:
			limit = maxTestLines
		case strings.HasPrefix(name, "table_"), strings.HasPrefix(name, "names_"):
			limit = maxTableLines
		}
		if s.Lines > limit {
			t.Errorf("%s has %d lines, more than %d: a file has one subject", s.Path, s.Lines, limit)
		}
	}
}

func TestFunctionSizes(t *testing.T) {
	for _, s := range sources(t) {
		if s.Test {
			continue
		}
		for _, d := range s.File.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			lines := s.Fset.Position(f.Body.Rbrace).Line - s.Fset.Position(f.Pos()).Line + 1
			if lines > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", s.Path, f.Name.Name, lines, maxFunctionLines)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.Test {
			continue
		}
		said[s.Folder] = said[s.Folder] || s.File.Doc != nil && len(s.File.Doc.Text()) > 40
	}
	for folder, ok := range said {
		if !ok {
			t.Errorf("package %s has no package comment", folder)
		}
	}
}

// Names that say nothing hide what a package is for.
func TestNoEmptyNames(t *testing.T) {
	for _, s := range sources(t) {
		for _, part := range strings.Split(s.Folder, "/") {
			switch part {
			case "util", "utils", "common", "helper", "helpers", "manager", "misc", "shared", "internal", "pkg":
				t.Errorf("%s: a folder named %s", s.Path, part)
			}
		}
	}
}

// Only these stand at the top: the layout is part of what users rely on.
func TestTopLevel(t *testing.T) {
	allowed := map[string]bool{"features": true, "harness": true, "impl": true, "netns": true, "pcaps": true, "cmd": true}
	for _, s := range sources(t) {
		if top, _, _ := strings.Cut(s.Path, "/"); !allowed[top] {
			t.Errorf("%s: Go code outside features harness impl netns pcaps cmd", s.Path)
		}
	}
}

// main.go starts a program and does nothing else.
func TestMainIsShort(t *testing.T) {
	for _, s := range sources(t) {
		if path.Base(s.Path) == "main.go" && strings.HasPrefix(s.Folder, "cmd/") && s.Lines > 20 {
			t.Errorf("%s has %d lines, more than 20", s.Path, s.Lines)
		}
	}
}
