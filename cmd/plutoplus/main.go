// Command plutoplus negotiates IPsec security associations with IKE version 1 and pre-shared
// secrets: as a daemon, in the foreground for who wants to watch, or once for a test of
// interoperability. See docs/plutoplus.8.
package main

import "os"

func main() { os.Exit(run(os.Args[1:])) }
