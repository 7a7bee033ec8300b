@interop @netns @ikev1
Feature: Aggressive Mode with the peer, with pre-shared keys

  We are at alice, the peer that --peer names is at bob. What a peer's build lacks is unsupported.

  @IKE1-AM-01 @IKE1-AM-02 @IKE1-AM-03 @IKE1-AM-07 @IKE1-KEY-01 @IKE1-KEY-03 @positive @must
  Scenario Outline: phase 1 <suite> in three messages, <initiator> initiates
    Given two hosts
    And we and the peer negotiate "phase1 aggressive ike <suite> esp 3des-sha1"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And the messages on the wire are "AI1 AR1 AI2 QI1 QR1 QI2"
    And every hash on the wire is right
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    @initiator
    Examples: we initiate
      | suite                  | initiator |
      | 3des-md5-modp1024      | alice     |
      | 3des-sha1-modp1536     | alice     |
      | aes128-sha1-modp1536   | alice     |
      | aes256-sha256-modp2048 | alice     |

    @responder
    Examples: the peer initiates
      | suite                  | initiator |
      | 3des-md5-modp1024      | bob       |
      | 3des-sha1-modp1536     | bob       |
      | aes128-sha1-modp1536   | bob       |
      | aes256-sha256-modp2048 | bob       |

  @IKE1-RTX-01 @IKE1-RTX-04 @IKE1-AM-10 @behaviour @must
  Scenario Outline: <message> of <sender> is lost
    Given two hosts
    And we and the peer negotiate "phase1 aggressive ike 3des-sha1-modp1536 esp 3des-sha1"
    And the wire loses <message> of <sender>
    When <first> initiates
    Then the message was lost
    And alice has made 1 pair
    And bob has made 1 pair
    And the SAs agree with the wire

    @initiator
    Examples: we initiate
      | first | sender | message |
      | alice | alice  | AI1     |
      | alice | bob    | AR1     |
      | alice | alice  | AI2     |

    @responder
    Examples: the peer initiates
      | first | sender | message |
      | bob   | alice  | AR1     |
      | bob   | bob    | AI2     |

  @initiator @IKE1-AM-09 @negative @must
  Scenario: Another secret: we see it by the peer's HASH_R
    Given two hosts
    And alice knows the secret "another one"
    And we and the peer negotiate "phase1 aggressive ike 3des-sha1-modp1536 esp 3des-sha1"
    When alice initiates
    Then alice notifies AUTHENTICATION-FAILED in clear
    And neither side has an IPsec SA

  @responder @IKE1-AM-01 @negative @should
  Scenario: The peer begins with Aggressive Mode, and we are for Main Mode
    Given two hosts
    And alice negotiates "ike 3des-sha1-modp1536 esp 3des-sha1"
    And bob negotiates "phase1 aggressive ike 3des-sha1-modp1536 esp 3des-sha1"
    When bob initiates
    Then alice notifies INVALID-EXCHANGE-TYPE in clear
    And neither side has an IPsec SA

  @initiator @EXT-NATT-06 @EXT-NATT-13 @positive @must
  Scenario: We are behind a NAT: AI2 leaves from port 4500, and all that follows
    Given the topology "nat"
    And alice negotiates "phase1 aggressive natt on ike 3des-sha1-modp1536 esp 3des-sha1 id @alice.example peerid @bob.example local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "phase1 aggressive natt on ike 3des-sha1-modp1536 esp 3des-sha1 id @bob.example peerid @alice.example local 10.2.0.0/24 remote 10.1.0.0/24"
    When alice initiates
    Then alice has made 1 pair
    And bob has made 1 pair
    And the negotiation moved to port 4500, alice behind its NAT
    And alice told the ends that it sees
    And every hash on the wire is right
    And the SAs agree with the wire
