// Command wit negotiates IPsec between two hosts, watches every packet, and says whether what
// happened is what the RFCs ask for.
package main

import (
	"os"

	"ikewit/harness/peer/plutoplus"
	"ikewit/netns/guest"
)

func main() {
	guest.Init() // does not return in the first process of a guest
	if len(os.Args) > 1 && os.Args[1] == plutoplus.ProcessVerb {
		os.Exit(plutoplus.Main(os.Args[2:])) // a peer that is a process of its own
	}
	os.Exit(program{os.Stdin, os.Stdout, os.Stderr}.main(os.Args[1:]))
}
