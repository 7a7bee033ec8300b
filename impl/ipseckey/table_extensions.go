package ipseckey

import (
	"strings"

	"ikewit/impl/wire/pfkey"
)

// An extension is a row of the language: words that mean the same, and what their values do.
type extension struct {
	words string // separated by blanks
	what  string // of which there can be only one; delete and get say short, where it is not empty
	short string
	names bool // it is part of an SA's name: delete and get take it
	read  func(*reader) error
}

// extensions are those that have an effect.
var extensions []extension

func init() {
	life := func(get func(*request) **pfkey.Lifetime, which pfkey.ExtensionType, bits int, set func(*pfkey.Lifetime, uint64)) func(*reader) error {
		return func(x *reader) error {
			n, err := x.number(bits)
			if err != nil {
				return err
			}
			l := get(x.request)
			if *l == nil {
				*l = &pfkey.Lifetime{Which: which}
			}
			set(*l, n)
			return nil
		}
	}
	soft := func(bits int, set func(*pfkey.Lifetime, uint64)) func(*reader) error {
		return life(func(r *request) **pfkey.Lifetime { return &r.soft }, pfkey.ExtLifetimeSoft, bits, set)
	}
	hard := func(bits int, set func(*pfkey.Lifetime, uint64)) func(*reader) error {
		return life(func(r *request) **pfkey.Lifetime { return &r.hard }, pfkey.ExtLifetimeHard, bits, set)
	}
	alloc := func(l *pfkey.Lifetime, n uint64) { l.Allocations = uint32(n) }
	octets := func(l *pfkey.Lifetime, n uint64) { l.Bytes = n }
	added := func(l *pfkey.Lifetime, n uint64) { l.AddTime = n }
	used := func(l *pfkey.Lifetime, n uint64) { l.UseTime = n }
	extensions = []extension{
		{"spi", "SPI value", "", true, (*reader).spi},
		{"replay", "replay wsize", "", false, (*reader).replay},
		{"state", "SA state", "", false, (*reader).state},
		{"auth_alg authalg", "auth algorithm", "", false, (*reader).authAlgorithm},
		{"encr_alg encralg", "encryption algorithm", "", false, (*reader).encryptAlgorithm},
		{"soft_bytes", "soft byte limit", "", false, soft(64, octets)},
		{"hard_bytes", "hard byte limit", "", false, hard(64, octets)},
		{"soft_addtime", "past-add lifetime", "", false, soft(64, added)},
		{"hard_addtime", "past-add lifetime", "", false, hard(64, added)},
		{"soft_usetime", "past-use lifetime", "", false, soft(64, used)},
		{"hard_usetime", "past-use lifetime", "", false, hard(64, used)},
		{"soft_alloc", "soft allocation limit", "", false, soft(32, alloc)},
		{"hard_alloc", "hard allocation limit", "", false, hard(32, alloc)},
		{"src srcaddr saddr src6 srcaddr6 saddr6", "source address", "source addr", true, (*reader).source},
		{"dst dstaddr daddr dst6 dstaddr6 daddr6", "destination address", "dest. addr", true, (*reader).destination},
		{"proxy proxyaddr proxy6 proxyaddr6", "proxy address", "", false, (*reader).proxy},
		{"authkey", "authentication key", "", false, (*reader).authKey},
		{"encrkey", "encryption key", "", false, (*reader).encryptKey},
		{"srcidtype", "source certificate identity", "", false, (*reader).sourceIdentity},
		{"dstidtype", "destination certificate identity", "", false, (*reader).destinationIdentity},
	}
	for i := range extensions {
		for _, w := range strings.Fields(extensions[i].words) {
			extensionOf[w] = &extensions[i]
		}
	}
	for _, w := range strings.Fields(withoutEffect) {
		extensionOf[w] = nil
	}
}

// withoutEffect are words that are known, and for nothing that this program sends.
const withoutEffect = `flags current_bytes current_addtime current_usetime current_alloc dpd sens_level sens_map integ_level integ_map`

// extensionOf finds rows by word; nil: without effect.
var extensionOf = map[string]*extension{}

// name is the first word of the row.
func (e *extension) name() string {
	first, _, _ := strings.Cut(e.words, " ")
	return first
}
