@interop @netns @ikev1
Feature: After the first Quick Mode: more of them, Deletes, and what gets lost

  @initiator @IKE1-QM-12 @IKE1-QM-17 @IKE1-MM-13 @behaviour @should
  Scenario: we negotiate phase 2 again under the same phase 1
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When alice initiates
    And alice negotiates phase 2 again
    Then alice has made 2 pairs
    And bob has made 2 pairs
    And 1 phase 1 exchange of the two were answered
    And every hash on the wire is right
    And traffic passes in the SAs only, where the peer carries data

  @responder @IKE1-QM-17 @behaviour @should
  Scenario: the peer negotiates phase 2 again under the same phase 1
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When bob initiates
    And bob negotiates phase 2 again
    Then alice has made 2 pairs
    And bob has made 2 pairs
    And 1 phase 1 exchange of the two were answered
    And every hash on the wire is right
    And traffic passes in the SAs only, where the peer carries data

  @initiator @responder @IKE1-MM-13 @positive @must
  Scenario Outline: <first> makes phase 1, <second> negotiates phase 2 under it
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When <first> initiates
    And <second> negotiates phase 2 again
    Then alice has made 2 pairs
    And bob has made 2 pairs
    And 1 phase 1 exchange of the two were answered
    And traffic passes in the SAs only, where the peer carries data

    Examples:
      | first | second |
      | alice | bob    |
      | bob   | alice  |

  @initiator @IKE1-MM-11 @positive @must
  Scenario: we negotiate phase 1 again
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When alice initiates
    And alice negotiates phase 1 again
    Then 2 phase 1 exchanges of the two were answered
    And every hash on the wire is right
    And traffic passes in the SAs only, where the peer carries data

  @responder @IKE1-MM-11 @positive @must
  Scenario: the peer negotiates phase 1 again
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When bob initiates
    And bob negotiates phase 1 again
    Then 2 phase 1 exchanges of the two were answered
    And every hash on the wire is right
    And traffic passes in the SAs only, where the peer carries data

  @initiator @responder @IKE1-DEL-01 @IKE1-DEL-02 @IKE1-DEL-04 @IKE1-INF-01 @positive @must
  Scenario Outline: <who> ends the connection that <first> has begun
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When <first> initiates
    And <who> ends the connection
    Then <who> deletes ESP under protection
    And <who> deletes ISAKMP under protection
    And no SA of ours is left
    And the peer has no SA any more

    Examples:
      | first | who   |
      | alice | alice |
      | alice | bob   |
      | bob   | bob   |

  # pluto was told to keep its connection up and may begin anew at once, so that only the Deletes are looked at.
  @responder @IKE1-DEL-01 @IKE1-DEL-02 @IKE1-INF-01 @positive @must
  Scenario: we end the connection that the peer keeps up
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    When bob initiates
    And alice ends the connection
    Then alice deletes ESP under protection
    And alice deletes ISAKMP under protection
    And every hash on the wire is right

  @initiator @responder @IKE1-RTX-01 @IKE1-RTX-04 @IKE1-RTX-08 @IKE1-RTX-09 @behaviour @must
  Scenario Outline: <message> of <sender> is lost
    Given two hosts
    And we and the peer negotiate "ike 3des-sha1-modp1536 esp 3des-sha1"
    And the wire loses <message> of <sender>
    When <first> initiates
    Then the message was lost
    And alice has made 1 pair
    And bob has made 1 pair
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    Examples:
      | first | sender | message |
      | alice | alice  | QI2     |
      | bob   | bob    | QI2     |
      | alice | bob    | QR1     |
      | bob   | alice  | QR1     |
      | alice | alice  | MI1     |
      | bob   | alice  | MR2     |
      | alice | alice  | MI3     |
      | bob   | bob    | MI3     |
