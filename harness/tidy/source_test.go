package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "ikewit"

// A source is one parsed Go file of the project.
type source struct {
	Path   string // from the module root, with slashes
	Folder string
	Test   bool
	Lines  int
	File   *ast.File
	Fset   *token.FileSet
	Text   []byte
}

// imports lists the import paths of a file; those of the project without the module's name.
func (s *source) imports() (own, outside []string) {
	for _, spec := range s.File.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if rest, ok := strings.CutPrefix(path, module+"/"); ok {
			own = append(own, rest)
		} else {
			outside = append(outside, path)
		}
	}
	return own, outside
}

// sources parses every Go file of the project.
func sources(t *testing.T) []*source {
	t.Helper()
	root := moduleRoot(t)
	var list []*source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		list = append(list, parse(t, root, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no Go file under %s", root)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Path < list[j].Path })
	return list
}

func parse(t *testing.T, root, path string) *source {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	rel, _ := filepath.Rel(root, path)
	rel = filepath.ToSlash(rel)
	return &source{
		Path: rel, Folder: filepath.ToSlash(filepath.Dir(rel)), Test: strings.HasSuffix(rel, "_test.go"),
		Lines: strings.Count(string(text), "\n"), File: file, Fset: fset, Text: text,
	}
}

// moduleRoot is the folder of go.mod, found upwards from here.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}
