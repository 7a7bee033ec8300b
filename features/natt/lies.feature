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

    @EXT-NATT-36 @must
    Examples:
      | lie                | liar  | victim |
      | qi1-nat-oa-altered | alice | bob    |
      | qr1-nat-oa-altered | bob   | alice  |

    @EXT-NATT-43 @pract
    Examples:
      | lie                      | liar  | victim |
      | qi1-draft-mode-under-rfc | alice | bob    |

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

    @EXT-NATT-23 @pract
    Examples:
      | lie             | liar  |
      | mi2-nat-d-cut   | alice |
      | mi2-nat-d-empty | alice |
