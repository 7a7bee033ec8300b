@sim @ikev1
Feature: NAT traversal: detection, change of ports, encapsulation

  Alice and bob tell each other the ends that they see (RFC 3947 section 3). Where these are not the true ones a NAT is on the
  way: the negotiation goes on at port 4500 and ESP travels in UDP.

  @EXT-NATT-01 @EXT-NATT-02 @EXT-NATT-04 @EXT-NATT-05 @EXT-NATT-10 @EXT-NATT-33 @EXT-NATT-43 @positive @must
  Scenario: Both can, and there is no NAT: nothing moves, and the numbers are the RFC's
    Given alice and bob in the simulator
    And both use "natt on"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice's MI1 carries "SA RFC-3947-NAT-T draft-ietf-ipsec-nat-t-ike-03"
    And bob's MR1 carries "SA RFC-3947-NAT-T"
    And alice told the ends that it sees
    And bob told the ends that it sees
    And alice's MI2 carries "NAT-D NAT-D"
    And bob's MR2 carries "NAT-D NAT-D"
    And all messages travel from UDP port 500 to UDP port 500
    And alice offers Tunnel mode
    And alice's QI1 carries no NAT-OA
    And the SAs agree with the wire

  @EXT-NATT-03 @behaviour @must
  Scenario Outline: Only <can> can: nothing of it is said but the Vendor IDs
    Given alice and bob in the simulator
    And <can> uses "natt on"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice's MI2 carries no NAT-D
    And bob's MR2 carries no NAT-D
    And bob's MR1 carries no VID
    And all messages travel from UDP port 500 to UDP port 500
    And alice offers Tunnel mode
    And the SAs agree with the wire

    Examples:
      | can   |
      | alice |
      | bob   |

  @EXT-NATT-07 @crypto @must
  Scenario Outline: NAT-D is the plain hash over cookies and end, with <hash> negotiated
    Given alice and bob in the simulator
    And both use "natt on ike 3des-<hash>-modp1024"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice told the ends that it sees
    And bob told the ends that it sees

    Examples:
      | hash   |
      | md5    |
      | sha1   |
      | sha256 |

  @EXT-NATT-08 @crypto @must
  Scenario: NAT-D over IPv6
    Given alice and bob in the simulator over IPv6
    And both use "natt on"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice told the ends that it sees
    And bob told the ends that it sees

  @EXT-NATT-11 @EXT-NATT-14 @EXT-NATT-15 @EXT-NATT-17 @EXT-NATT-25 @EXT-NATT-26 @EXT-NATT-27 @EXT-NATT-33 @EXT-UDPE-05 @positive @must
  Scenario: A NAT before alice: from MI3 on everything is on port 4500 with the marker, and the proposal is for ESP in UDP
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "esp 3des-md5 esp aes128-sha1 local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice told the ends that it sees
    And bob told the ends that it sees
    And the negotiation moved to port 4500, alice behind its NAT
    And alice offers 2 proposals
    And alice offers UDP-Encapsulated-Tunnel mode
    And bob answers with UDP-Encapsulated-Tunnel mode
    And alice's QI1 carries no NAT-OA
    And bob's QR1 carries no NAT-OA
    And the SAs agree with the wire
    When alice ends everything
    Then alice deletes its SAs under protection
    And the negotiation moved to port 4500, alice behind its NAT
    And no SA is left

  @EXT-NATT-12 @positive @must
  Scenario: A NAT before bob only: alice moves all the same
    Given alice and bob in the simulator
    And a NAT before bob
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob told the ends that it sees
    And the negotiation moved to port 4500
    And alice offers UDP-Encapsulated-Tunnel mode
    And the SAs agree with the wire

  @EXT-NATT-08 @EXT-NATT-34 @EXT-NATT-30 @EXT-NATT-31 @crypto @must
  Scenario Outline: NAT-D and NAT-OA over IPv6, with a NAT in between: before <host>
    Given alice and bob in the simulator over IPv6
    And a NAT before <host>
    And both use "natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice told the ends that it sees
    And bob told the ends that it sees
    And alice's last QI2 goes from port <port> to port 4500
    And alice offers UDP-Encapsulated-Transport mode
    And alice's QI1 tells the original addresses "<own> 2001:db8::2"
    And bob's QR1 tells the original addresses "2001:db8::1 <bob>"

    Examples:
      | host  | port  | own         | bob         |
      | alice | 40001 | fd00:1::10  | 2001:db8::2 |
      | bob   | 4500  | 2001:db8::1 | fd00:2::10  |

  @EXT-NATT-30 @EXT-NATT-31 @EXT-NATT-34 @positive @must
  Scenario: Transport mode behind NATs: each tells the addresses that it knows
    Given alice and bob in the simulator
    And a NAT before alice
    And a NAT before bob
    And both use "natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And the negotiation moved to port 4500, alice behind its NAT
    And alice offers UDP-Encapsulated-Transport mode
    And alice's QI1 tells the original addresses "10.1.0.10 192.0.2.2"
    And bob's QR1 tells the original addresses "192.0.2.1 10.2.0.10"

  @EXT-NATT-11 @EXT-NATT-25 @behaviour @must
  Scenario: Alice pretends that there is a NAT before it
    Given alice and bob in the simulator
    And alice uses "natt force"
    And bob uses "natt on"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice told the ends as if there were a NAT
    And bob told the ends that it sees
    And the negotiation moved to port 4500
    And alice offers UDP-Encapsulated-Tunnel mode
    And the SAs agree with the wire

  @EXT-UDPE-18 @negative @must
  Scenario: AH does not pass a NAT and is not offered
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on ah sha1"
    When alice starts to negotiate
    Then alice and bob exchanged MR3
    And alice gives up: cannot go on
    And no SA is left

  @EXT-UDPE-08 @EXT-UDPE-11 @EXT-UDPE-12 @EXT-UDPE-13 @behaviour @should
  Scenario: Keepalives while nothing else is said, every 20 seconds, at port 4500, and none after the end
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice kept its NAT's mapping alive 8 or 9 times
    And bob kept its NAT's mapping alive 0 or 0 times
    When alice ends everything
    And 30m pass
    Then alice kept its NAT's mapping alive 8 or 9 times
    And no SA is left

  @EXT-NATT-39 @EXT-NATT-14 @behaviour @should
  Scenario: The NAT before alice forgets: bob follows what is proved to be alice's
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    When alice starts to negotiate
    Then both sides have an SA pair
    When the NAT before alice forgets
    And alice starts to negotiate
    Then the negotiation moved to port 4500, alice behind its NAT
    And the SAs agree with the wire

  @EXT-UDPE-11 @behaviour @should
  Scenario Outline: Traffic in the SAs every <every>: keepalives are for the rest of the time
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate 1 time
    Then both sides have an SA pair
    When alice sends in its SAs every <every> for 5m
    Then alice kept its NAT's mapping alive <least> or <most> times
    When 1m pass
    Then alice kept its NAT's mapping alive <then> or <more> times

    Examples:
      | every | least | most | then | more |
      | 1s    | 0     | 0    | 2    | 3    |
      | 12s   | 0     | 0    | 2    | 3    |
      | 40s   | 7     | 16   | 10   | 19   |
