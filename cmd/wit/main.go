// Command wit negotiates IPsec between two hosts, watches every packet, and says whether what
// happened is what the RFCs ask for.
package main

import (
	"os"

	"ikewit/netns/guest"
)

func main() {
	guest.Init() // does not return in the first process of a guest
	os.Exit(program{os.Stdin, os.Stdout, os.Stderr}.main(os.Args[1:]))
}
