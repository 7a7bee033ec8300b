@sim @ikev1
Feature: Aggressive Mode with pre-shared keys

  Three messages, not six: all is said at once, who the two are in clear (RFC 2409 section 5.4).

  @IKE1-AM-01 @IKE1-AM-02 @IKE1-AM-03 @IKE1-AM-07 @EXT-ICON-03 @positive @must
  Scenario Outline: <ike>: three messages, and the keys of phase 2 come of them
    Given alice and bob in the simulator
    And both use "phase1 aggressive ike <ike>"
    When alice starts to negotiate
    Then both sides have an SA pair
    And the messages on the wire are "AI1 AR1 AI2 QI1 QR1 QI2"
    And alice's AI1 carries "SA KE NONCE ID"
    And bob's AR1 carries "SA KE NONCE ID HASH"
    And alice's AI2 carries "HASH"
    And every message is well formed
    And every hash on the wire is right
    And the SAs agree with the wire

    Examples:
      | ike                    |
      | des-md5-modp768        |
      | 3des-sha1-modp1024     |
      | 3des-md5-modp1536      |
      | aes128-sha1-modp1536   |
      | aes256-sha256-modp2048 |

  @IKE1-AM-01 @IKE1-AM-02 @positive @should
  Scenario Outline: <what>
    Given alice and bob in <place>
    And alice uses "phase1 aggressive <alice>"
    And bob uses "phase1 aggressive <bob>"
    When alice starts to negotiate
    Then both sides have an SA pair
    And the messages on the wire are "AI1 AR1 AI2 QI1 QR1 QI2"
    And the SAs agree with the wire

    Examples:
      | what                                    | place                   | alice                                | bob                                  |
      | They know each other by name            | the simulator           | id @alice.example peerid @bob.example | id @bob.example peerid @alice.example |
      | One is known by name, one by address    | the simulator           | id @alice.example                    | peerid @alice.example                |
      | IPv6                                    | the simulator over IPv6 |                                      |                                      |
      | Transport mode with PFS under it        | the simulator           | mode transport pfs modp1024          | mode transport pfs modp1024          |

  @IKE1-AM-04 @positive @must
  Scenario: The initiator offers only what the group of its public value is in
    Given alice and bob in the simulator
    And alice uses "phase1 aggressive ike 3des-sha1-modp1536 ike 3des-sha1-modp1024 ike aes128-sha1-modp1536"
    And bob uses "phase1 aggressive ike aes128-sha1-modp1536 ike 3des-sha1-modp1024"
    When alice starts to negotiate
    Then both sides have an SA pair
    And every message is well formed
    And the SAs agree with the wire

  @IKE1-AM-05 @behaviour @must
  Scenario: Of two groups that are offered the one of the public value is chosen
    Given alice and bob in the simulator
    And alice uses "phase1 aggressive"
    And bob uses "phase1 aggressive ike 3des-sha1-modp1536 ike 3des-sha1-modp1024"
    And alice lies: ai1-two-groups
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And the SAs agree with the wire

  @negative
  Scenario Outline: <what>: bob refuses, and says why
    Given alice and bob in the simulator
    And alice uses "<alice>"
    And bob uses "<bob>"
    When alice starts to negotiate
    Then bob refused <message> with <notify>
    And no SA is left

    @IKE1-AM-01 @should
    Examples:
      | what                                   | alice             | bob               | message | notify                |
      | Aggressive Mode where Main Mode is set | phase1 aggressive | natt off          | AI1     | INVALID-EXCHANGE-TYPE |

    @IKE1-HDR-13 @must
    Examples:
      | what                                   | alice             | bob               | message | notify                |
      | Main Mode where Aggressive Mode is set | natt off          | phase1 aggressive | MI1     | INVALID-EXCHANGE-TYPE |

    @IKE1-AM-05 @must
    Examples:
      | what          | alice                                    | bob                                      | message | notify             |
      | Another group | phase1 aggressive ike 3des-sha1-modp1536 | phase1 aggressive ike 3des-sha1-modp1024 | AI1     | NO-PROPOSAL-CHOSEN |

    @IKE1-AM-12 @must
    Examples:
      | what             | alice                            | bob                                | message | notify                 |
      | Unknown identity | phase1 aggressive id @mallory.example | phase1 aggressive peerid @alice.example | AI1     | INVALID-ID-INFORMATION |

  @IKE1-AM-09 @negative @must
  Scenario: Other secrets: the initiator sees it by HASH_R, and sends no AI2
    Given alice and bob in the simulator
    And both use "phase1 aggressive"
    And bob uses "secret another"
    When alice starts to negotiate
    Then alice refused AR1 with AUTHENTICATION-FAILED
    And alice sent AI2 0 times
    And no SA is left

  @negative
  Scenario Outline: <lie> in <in> is refused
    Given alice and bob in the simulator
    And both use "phase1 aggressive"
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And <victim> refused it as the rules ask
    And no SA is left
    When everybody is honest again
    And alice starts to negotiate
    Then both sides have an SA pair
    And the SAs agree with the wire

    @IKE1-AM-11 @must
    Examples:
      | lie                 | in  | liar  | victim |
      | ai1-no-identity     | AI1 | alice | bob    |
      | ai1-no-public-value | AI1 | alice | bob    |
      | ai1-no-nonce        | AI1 | alice | bob    |

    @IKE1-AM-12 @must
    Examples:
      | lie                | in  | liar  | victim |
      | ai1-other-identity | AI1 | alice | bob    |

    @IKE1-AM-05 @must
    Examples:
      | lie                 | in  | liar  | victim |
      | ai1-group-of-others | AI1 | alice | bob    |

    @IKE1-AM-09 @must
    Examples:
      | lie            | in  | liar  | victim |
      | ar1-wrong-hash | AR1 | bob   | alice  |
      | ai2-wrong-hash | AI2 | alice | bob    |

    @IKE1-AUT-05 @must
    Examples:
      | lie          | in  | liar  | victim |
      | ai2-hash-cut | AI2 | alice | bob    |

    @IKE1-IDP-02 @should
    Examples:
      | lie               | in  | liar  | victim |
      | ai1-identity-port | AI1 | alice | bob    |

    @IKE1-IDP-07 @must
    Examples:
      | lie               | in  | liar  | victim |
      | ai1-identity-type | AI1 | alice | bob    |

    @IKE1-IDP-09 @must
    Examples:
      | lie                | in  | liar  | victim |
      | ar1-other-identity | AR1 | bob   | alice  |

    @IKE1-KE-06 @IKE1-KE-07 @should
    Examples:
      | lie                | in  | liar  | victim |
      | ai1-public-value-1 | AI1 | alice | bob    |
      | ar1-public-value-0 | AR1 | bob   | alice  |

    @IKE1-NON-03 @must
    Examples:
      | lie                   | in  | liar  | victim |
      | ai1-nonce-of-7-octets | AI1 | alice | bob    |

    @IKE1-HDR-15 @IKE1-HDR-21 @must
    Examples:
      | lie                  | in  | liar  | victim |
      | ai1-called-encrypted | AI1 | alice | bob    |
      | ai1-message-id       | AI1 | alice | bob    |

    @IKE1-PRP-18 @IKE1-GPH-13 @must
    Examples:
      | lie                  | in  | liar  | victim |
      | ar1-hash-not-offered | AR1 | bob   | alice  |
      | ar1-no-hash          | AR1 | bob   | alice  |

  @IKE1-RTX-01 @IKE1-RTX-04 @IKE1-AM-10 @behaviour @must
  Scenario Outline: <message> is lost <times>
    Given alice and bob in the simulator
    And both use "phase1 aggressive"
    And the link from <from> to <to> loses "<lost>"
    When alice starts to negotiate
    Then <from> sent <message> <sent> times
    And both sides have an SA pair
    And the SAs agree with the wire

    Examples:
      | message | from  | to    | times | lost    | sent |
      | AI1     | alice | bob   | once  | AI1     | 2    |
      | AI1     | alice | bob   | twice | AI1 AI1 | 3    |
      | AR1     | bob   | alice | once  | AR1     | 3    |
      | AI2     | alice | bob   | once  | AI2     | 2    |

  @IKE1-RTX-05 @IKE1-RTX-11 @behaviour @must
  Scenario Outline: <message> arrives twice
    Given alice and bob in the simulator
    And both use "phase1 aggressive"
    And the link from <from> to <to> repeats "<message>"
    When alice starts to negotiate
    Then <from> sent <message> 1 time
    And both sides have an SA pair
    And the SAs agree with the wire

    Examples:
      | message | from  | to    |
      | AI1     | alice | bob   |
      | AR1     | bob   | alice |
      | AI2     | alice | bob   |

  @IKE1-RTX-03 @behaviour @must
  Scenario: Nobody answers: three sends, then it is over
    Given alice and bob in the simulator
    And both use "phase1 aggressive"
    And the link from alice to bob loses "AI1 AI1 AI1"
    When alice starts to negotiate
    Then alice sent AI1 3 times
    And alice gives up: no answer from the peer
    And no SA is left

  @EXT-NATT-01 @EXT-NATT-06 @positive @must
  Scenario: NAT traversal, and there is no NAT: the ends are told in AR1 and AI2
    Given alice and bob in the simulator
    And both use "phase1 aggressive natt on"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice's AI1 carries "SA KE NONCE ID RFC-3947-NAT-T"
    And bob's AR1 carries "SA KE NONCE ID RFC-3947-NAT-T NAT-D NAT-D"
    And alice's AI2 carries "NAT-D NAT-D"
    And alice told the ends that it sees
    And bob told the ends that it sees
    And all messages travel from UDP port 500 to UDP port 500
    And the SAs agree with the wire

  @EXT-NATT-06 @EXT-NATT-13 @positive @must
  Scenario Outline: A NAT before <where>: AI2 leaves from port 4500 with the marker
    Given alice and bob in the simulator
    And a NAT before <where>
    And both use "phase1 aggressive natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And the messages on the wire are "AI1 AR1 AI2 QI1 QR1 QI2"
    And alice told the ends that it sees
    And bob told the ends that it sees
    And the negotiation moved to port 4500<hidden>
    And alice offers UDP-Encapsulated-Transport mode
    And the SAs agree with the wire

    Examples:
      | where | hidden                  |
      | alice | , alice behind its NAT  |
      | bob   |                         |

  @EXT-NATT-20 @IKE1-RTX-04 @behaviour @should
  Scenario: AI2 is lost twice after the change of ports: AR1 at the old port is not answered, AI2 goes with QI1
    Given alice and bob in the simulator
    And both use "phase1 aggressive natt on mode transport"
    And alice uses "natt force"
    And the link from alice to bob loses "AI2 AI2"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob sent AR1 2 times
    And alice sent AI2 3 times
    And the negotiation moved to port 4500
    And the SAs agree with the wire

  @EXT-NATT-24 @behaviour @must
  Scenario Outline: <lie>: no traversal then
    Given alice and bob in the simulator
    And both use "phase1 aggressive natt on"
    And <liar> lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And both sides have an SA pair
    And all messages travel from UDP port 500 to UDP port 500

    Examples:
      | lie          | liar  |
      | ar1-no-nat-d | bob   |
      | ai2-no-nat-d | alice |
