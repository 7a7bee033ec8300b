@sim @ikev1
Feature: NAT traversal: lies and half-hearted peers

  @negative
  Scenario Outline: <lie> through a NAT is refused
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And <victim> refused it as the rules ask
    And no SA is left
    When everybody is honest again
    And alice starts to negotiate
    Then both sides have an SA pair

    @EXT-NATT-28 @must
    Examples:
      | lie            | liar | victim |
      | qr1-plain-mode | bob  | alice  |

    @EXT-NATT-35 @pract
    Examples:
      | lie                    | liar  | victim |
      | qi1-nat-oa-of-a-subnet | alice | bob    |
      | qi1-nat-oa-reserved    | alice | bob    |
      | qi1-nat-oa-cut         | alice | bob    |
      | qr1-nat-oa-of-a-subnet | bob   | alice  |
      | qr1-nat-oa-reserved    | bob   | alice  |
      | qr1-nat-oa-cut         | bob   | alice  |

    @EXT-NATT-36 @must
    Examples:
      | lie                | liar  | victim |
      | qi1-nat-oa-altered | alice | bob    |
      | qr1-nat-oa-altered | bob   | alice  |

    @EXT-NATT-43 @pract
    Examples:
      | lie                      | liar  | victim |
      | qi1-draft-mode-under-rfc | alice | bob    |

    @EXT-UDPE-18 @pract
    Examples:
      | lie           | liar  | victim |
      | qi1-ah-in-udp | alice | bob    |

  @EXT-NATT-29 @negative @must
  Scenario: ESP in UDP where nobody has spoken of NATs is refused
    Given alice and bob in the simulator
    And alice lies: qi1-udp-mode-unasked
    When alice starts to negotiate
    Then the lie was told
    And bob refused it as the rules ask
    And no SA is left

  @EXT-NATT-42 @behaviour @pract
  Scenario Outline: <lie>: the numbers are the draft's
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    And alice lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And bob's MR1 carries "<vendor>"
    And alice's MI2 carries "NAT-D(130) NAT-D(130)"
    And the negotiation moved to port 4500, alice behind its NAT
    And alice offers UDP-Encapsulated-Tunnel-(draft) mode

    Examples:
      | lie                     | vendor                                         |
      | mi1-natt-draft-03-only  | draft-ietf-ipsec-nat-t-ike-03                  |
      | mi1-natt-draft-02-only  | draft-ietf-ipsec-nat-t-ike-02                  |
      | mi1-natt-draft-02n-only | draft-ietf-ipsec-nat-t-ike-02-(with-line-feed) |

  @EXT-NATT-32 @behaviour @must
  Scenario: Offered both modes in UDP, with addresses, bob takes tunnel mode and tells none
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    And alice lies: qi1-both-udp-modes
    When alice starts to negotiate
    Then the lie was told
    And alice's QI1 tells the original addresses "10.1.0.10 192.0.2.2"
    And both sides have an SA pair
    And bob answers with UDP-Encapsulated-Tunnel mode
    And bob's QR1 carries no NAT-OA

  @EXT-NATT-09 @behaviour @should
  Scenario Outline: <lie>: one of several sources that is right is enough, from port <port>
    Given alice and bob in the simulator
    And both use "natt on mode transport"
    And alice uses "port <port>"
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    When bob starts to negotiate
    Then alice offers Transport mode
    And bob offers Transport mode
    And all messages travel from UDP port <port> to UDP port <port>

    Examples:
      | lie               | liar  | port |
      | mi2-three-sources | alice | 4500 |
      | mr2-three-sources | bob   | 4500 |
      | mr2-three-sources | bob   | 500  |

  @EXT-NATT-23 @negative @pract
  Scenario Outline: <lie>: what is not a whole hash matches nothing: there is a NAT before alice, it seems
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And bob answers with UDP-Encapsulated-Transport mode
    And bob kept its NAT's mapping alive 0 or 0 times

    Examples:
      | lie              |
      | mi2-source-cut   |
      | mi2-source-empty |

  @EXT-NATT-23 @negative @pract
  Scenario Outline: <lie>: what is not a whole hash matches nothing: there is a NAT before bob, it seems to him
    Given alice and bob in the simulator
    And both use "natt on mode transport"
    And alice uses "port 4500"
    And alice lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And bob kept its NAT's mapping alive 8 or 9 times

    Examples:
      | lie                   |
      | mi2-destination-cut   |
      | mi2-destination-empty |

  @EXT-NATT-23 @negative @pract
  Scenario Outline: <lie>: what is not a whole hash matches nothing: there is a NAT before alice too, it seems to her
    Given alice and bob in the simulator
    And a NAT before bob
    And both use "natt on mode transport"
    And bob lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And alice kept its NAT's mapping alive 8 or 9 times

    Examples:
      | lie                   |
      | mr2-destination-cut   |
      | mr2-destination-empty |

  @EXT-NATT-44 @behaviour @pract
  Scenario: A peer that speaks the first draft only: we do not, and do nothing of it
    Given alice and bob in the simulator
    And both use "natt on mode transport"
    And alice lies: mi1-natt-draft-00-only
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And bob's MR1 carries no VID
    And bob's MR1 carries no draft-ietf-ipsec-nat-t-ike-00
    And alice's MI2 carries no NAT-D
    And alice's MI2 carries no NAT-D(130)
    And bob's MR2 carries no NAT-D
    And bob's MR2 carries no NAT-D(130)
    And all messages travel from UDP port 500 to UDP port 500
    And alice offers Transport mode
    And the SAs agree with the wire

  @EXT-NATT-45 @EXT-NATT-42 @behaviour @pract
  Scenario Outline: By the drafts each tells its own address; <lie> is no reason to fail
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice lies: mi1-natt-draft-03-only
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And alice offers UDP-Encapsulated-Transport-(draft) mode
    And <other>'s <message> tells the original addresses "<address>"
    And <liar>'s <its> carries no NAT-OA(131)

    Examples:
      | lie           | liar  | its | other | message | address   |
      | qi1-no-nat-oa | alice | QI1 | bob   | QR1     | 192.0.2.2 |
      | qr1-no-nat-oa | bob   | QR1 | alice | QI1     | 10.1.0.10 |

  @EXT-NATT-45 @EXT-NATT-42 @behaviour @pract
  Scenario: By the drafts one address of each is enough, also to know whose traffic it is
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice uses "local 10.1.0.10,17,1701 remote 192.0.2.2,17,1701"
    And bob uses "local 192.0.2.2,17,1701 remote 192.0.2.1,17,1701"
    And alice lies: mi1-natt-draft-03-only
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And alice's QI1 tells the original addresses "10.1.0.10"
    And bob's QR1 tells the original addresses "192.0.2.2"

  @behaviour
  Scenario Outline: <lie>: ends without traversal
    Given alice and bob in the simulator
    And both use "natt on"
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And the SAs agree with the wire
    When bob starts to negotiate
    Then bob offers Tunnel mode
    And all messages travel from UDP port 500 to UDP port 500

    @EXT-NATT-09 @should
    Examples:
      | lie               | liar  |
      | mi2-three-sources | alice |

    @EXT-NATT-24 @pract
    Examples:
      | lie           | liar  |
      | mi2-no-nat-d  | alice |
      | mi2-one-nat-d | alice |
      | mr2-no-nat-d  | bob   |
      | mr2-one-nat-d | bob   |

    @EXT-NATT-23 @pract
    Examples:
      | lie             | liar  |
      | mi2-nat-d-cut   | alice |
      | mi2-nat-d-empty | alice |

  @EXT-NATT-24 @negative @pract
  Scenario Outline: <lie>: who tells too little is told nothing, and the next negotiation is as if it had not been
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice uses "id @alice.example"
    And bob uses "peerid @alice.example"
    And alice lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And bob's MR2 carries no NAT-D
    And alice's last QI1 goes from port 40000 to port 500
    And alice offers Transport mode
    When everybody is honest again
    And alice starts afresh
    And alice starts to negotiate
    Then alice's last QI1 comes from another port than alice's first QI1
    And bob's last QR1 goes to where alice's last QI1 came from
    And alice holds 2 SAs

    Examples:
      | lie           |
      | mi2-no-nat-d  |
      | mi2-one-nat-d |
