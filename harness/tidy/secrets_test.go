package tidy

import (
	"go/ast"
	"testing"
)

// A key type says itself how it is shown, but package fmt does not ask in unexported fields: it shows the octets. A struct with
// such a field must have a Format method of its own.
func TestStructsThatHideKeysFormatThemselves(t *testing.T) {
	type place struct{ folder, name string }
	hiding, formats := map[place]string{}, map[place]bool{}
	for _, s := range sources(t) {
		if s.Test {
			continue
		}
		for _, d := range s.File.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && d.Name.Name == "Format" {
					formats[place{s.Folder, receiver(d)}] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok && hidesKey(t, s.Folder) {
						hiding[place{s.Folder, t.Name.Name}] = s.Path
					}
				}
			}
		}
	}
	if len(hiding) == 0 {
		t.Error("no struct hides a key: this test looks at nothing")
	}
	for p, path := range hiding {
		if !formats[p] {
			t.Errorf("%s: %s has an unexported field with a key and no Format method: %%v would show the octets", path, p.name)
		}
	}
}

func receiver(f *ast.FuncDecl) string {
	x := f.Recv.List[0].Type
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if name, ok := x.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func hidesKey(t *ast.TypeSpec, folder string) bool {
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return false
	}
	for _, field := range s.Fields.List {
		if len(field.Names) > 0 && !field.Names[0].IsExported() && isKey(field.Type, folder) {
			return true
		}
	}
	return false
}

// isKey knows alg.Key and crypt.Secret, also in slices and arrays.
func isKey(x ast.Expr, folder string) bool {
	switch x := x.(type) {
	case *ast.ArrayType:
		return isKey(x.Elt, folder)
	case *ast.SelectorExpr:
		from, ok := x.X.(*ast.Ident)
		return ok && (from.Name == "alg" && x.Sel.Name == "Key" || from.Name == "crypt" && x.Sel.Name == "Secret")
	case *ast.Ident:
		return folder == "impl/alg" && x.Name == "Key" || folder == "harness/capture/crypt" && x.Name == "Secret"
	}
	return false
}
