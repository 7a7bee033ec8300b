package engine

import "ikewit/impl/ike"

// demux hands a datagram to the version of IKE that it is of. There is one version so far, and it
// answers those of another one.
func (e *Engine) demux(d ike.Datagram) { e.v1.Receive(d) }
