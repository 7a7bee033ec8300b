package guest

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// rootModules reach the root file system; ipsecModules are what the scenarios need: nothing loads a module
// later, because the unpacked package has no index for modprobe.
var (
	rootModules  = []string{"virtio_pci", "9pnet_virtio", "9p", "overlay"}
	ipsecModules = []string{
		// What modules ask for by alias only: the checksum of nf_tables, the random source of IV generators.
		"crc32c_generic", "hmac", "sha256_generic", "sha512_generic", "jitterentropy_rng", "drbg",
		"veth", "tun", "dummy", "af_packet_diag", "sch_netem", "8021q",
		"nf_tables", "nf_conntrack_netlink", "nft_ct", "nft_nat", "nft_masq", "nft_chain_nat", "nft_counter", "nft_objref", "nft_numgen", "nft_limit", "nft_fib_inet", "nft_reject_inet",
		"xfrm_user", "af_key", "esp4", "esp6", "ah4", "ah6", "ipcomp", "ipcomp6", "xfrm_interface",
		"authenc", "authencesn", "echainiv", "seqiv", "cbc", "ctr", "gcm", "ccm", "xcbc", "cmac", "ghash_generic",
		"crypto_null", "des_generic", "blowfish_generic", "cast5_generic", "camellia_generic", "serpent_generic", "twofish_generic",
		"aes_generic", "md5", "sha1_generic", "rmd160", "deflate", "chacha_generic", "poly1305_generic", "chacha20poly1305",
	}
)

// A moduleTree knows where each module of a kernel is.
type moduleTree struct {
	path map[string]string // name with _ for -, to file
}

func readModules(dir string) (moduleTree, error) {
	tree := moduleTree{map[string]string{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(d.Name(), ".ko"); ok {
			tree.path[normal(name)] = path
		}
		return nil
	})
	if err == nil && len(tree.path) == 0 {
		err = fmt.Errorf("no module under %s", dir)
	}
	return tree, err
}

func normal(name string) string { return strings.ReplaceAll(name, "-", "_") }

// order gives the files of the named modules and of all that they depend on, each behind what it needs. A name
// without a file is taken for built in.
func (t moduleTree) order(names []string) ([]string, error) {
	var list []string
	seen := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		name = normal(name)
		path, ok := t.path[name]
		if !ok || seen[name] {
			return nil
		}
		seen[name] = true
		needs, err := dependencies(path)
		if err != nil {
			return err
		}
		for _, need := range needs {
			if err := add(need); err != nil {
				return err
			}
		}
		list = append(list, path)
		return nil
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// dependencies reads "depends=a,b" from a module's own description.
func dependencies(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("kernel module: %w", err)
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("kernel module %s has no .modinfo", path)
	}
	info, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("kernel module %s: %w", path, err)
	}
	for _, field := range bytes.Split(info, []byte{0}) {
		if list, ok := strings.CutPrefix(string(field), "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}
