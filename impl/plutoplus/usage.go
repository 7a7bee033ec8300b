package plutoplus

import (
	"fmt"
	"io"
)

// Version is printed by --version.
const Version = "0.1"

// Usage writes the usage text: a line for each option, with what is default.
func Usage(w io.Writer) {
	fmt.Fprint(w, `usage: plutoplus [option ...]
Negotiate IPsec security associations with IKE version 1 and pre-shared secrets.

`)
	for _, o := range options {
		left := "--" + o.long
		switch {
		case o.value != "" && o.optional:
			left += "[=" + o.value + "]"
		case o.value != "":
			left += " " + o.value
		}
		if o.short != "" {
			left = "-" + o.short + ", " + left
		} else {
			left = "    " + left
		}
		fmt.Fprintf(w, "  %-23s %s\n", left, o.help)
	}
	fmt.Fprint(w, `
Without -a and -e the IPsec SA is ESP with DES and HMAC_MD5. The ISAKMP SA is DES and MD5 in group 2.
Exit status of --wit: 0 SAs stand, 1 usage or set-up, 2 negotiation failed, 3 silence of the peer, 128+n signal n.
`)
}
