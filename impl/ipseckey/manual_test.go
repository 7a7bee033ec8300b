package ipseckey

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The manual names every command, every extension and every algorithm.
func TestManualIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/ipseckey.8")
	if err != nil {
		t.Fatal(err)
	}
	said := strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \n,&\\", r) })
	var words []string
	for _, c := range table {
		words = append(words, c.words...)
	}
	for _, e := range extensions {
		words = append(words, strings.Fields(e.words)...)
	}
	for _, list := range [][]name{states, identityTypes, saTypes} {
		for _, n := range list {
			words = append(words, n.word)
		}
	}
	for _, n := range slices.Concat(authAlgorithms, encryptAlgorithms) {
		word := strings.TrimSuffix(strings.TrimPrefix(n.word, "hmac-"), "-cbc")
		words = append(words, word)
	}
	for _, w := range words {
		if !slices.Contains(said, w) {
			t.Errorf("the manual does not name %q", w)
		}
	}
}
