package tidy

import (
	"go/ast"
	"slices"
	"testing"
)

// What a pure package may not import: everything through which the world comes in.
var impure = []string{"net", "os", "os/...", "syscall", "golang.org/x/sys/...", "crypto/rand", "math/rand", "math/rand/...",
	"log", "log/...", "sync", "sync/...", "context", "runtime", "runtime/...", "net/http"}

// alg builds constant tables when they are first needed, and asks the processor what it can; neither changes a result.
var pureExceptions = map[string][]string{"impl/alg": {"sync", "golang.org/x/sys/cpu"}}

var clockCalls = map[string]bool{"Now": true, "Sleep": true, "After": true, "AfterFunc": true, "NewTimer": true,
	"NewTicker": true, "Tick": true, "Since": true, "Until": true}

func TestPurePackages(t *testing.T) {
	for _, s := range sources(t) {
		l, ok := layerOf(s.Folder)
		if !ok || !l.Pure || s.Test {
			continue
		}
		_, outside := s.imports()
		for _, imported := range outside {
			for _, pattern := range impure {
				if within(imported, pattern) && !slices.Contains(pureExceptions[s.Folder], imported) {
					t.Errorf("%s imports %s, but %s is pure", s.Path, imported, s.Folder)
				}
			}
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: go statement, but %s is pure", s.Fset.Position(n.Pos()), s.Folder)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && clockCalls[n.Sel.Name] {
					t.Errorf("%s: time.%s, but %s is pure", s.Fset.Position(n.Pos()), n.Sel.Name, s.Folder)
				}
			}
			return true
		})
	}
}

// No code waits by sleeping: tests and programs wait for events.
func TestNobodySleeps(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.File, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s: time.Sleep; wait for the event instead", s.Fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// Modules from outside have a home each.
var homes = map[string][]string{
	"github.com/google/gopacket/...":      {"harness/capture/...", "harness/check"},
	"golang.org/x/crypto/...":             {"impl/alg", "impl/cert", "harness/capture/..."},
	"github.com/vishvananda/netlink/...":  {"impl/driver/xfrm", "impl/host", "netns/..."},
	"github.com/vishvananda/netns/...":    {"netns/...", "impl/host", "impl/driver/xfrm"},
	"github.com/cucumber/godog/...":       {"harness/steps", "cmd/wit"},
	"github.com/google/nftables/...":      {"netns/...", "impl/host"},
	"golang.zx2c4.com/wireguard/...":      {"impl/host"},
	"golang.org/x/term":                   {"impl/ipseckey", "cmd/..."},
	"filippo.io/bigmod/...":               {"impl/alg"},
	"github.com/strongswan/govici/...":    {"harness/peer/..."},
	"github.com/rogpeppe/go-internal/...": {"cmd/..."},
}

func TestModulesFromOutsideHaveAHome(t *testing.T) {
	for _, s := range sources(t) {
		if s.Test {
			continue
		}
		_, outside := s.imports()
		for _, imported := range outside {
			for module, rooms := range homes {
				if !within(imported, module) {
					continue
				}
				if !anyWithin(s.Folder, rooms) {
					t.Errorf("%s imports %s, which lives in %v", s.Path, imported, rooms)
				}
			}
		}
	}
}

func anyWithin(folder string, rooms []string) bool {
	for _, room := range rooms {
		if within(folder, room) {
			return true
		}
	}
	return false
}
