@interop @netns @ikev1
Feature: What cannot be agreed on: how each side says so

  The reaction of the peer is that of its implementation, and stands in a table: a row that changes is news.

  @initiator @IKE1-MM-05 @PP-27 @PP-29 @negative @must
  Scenario: we initiate, and the secrets differ
    Given two hosts
    And alice knows the secret "one"
    And bob knows the secret "another"
    And we and the peer run with "-3 -s --group 5 -e 3 -a 3 --timeout 3"
    When alice initiates
    Then alice and bob exchanged MI3
    And neither side has an IPsec SA
    And the peer reacts:
      | plutoplus  | PAYLOAD-MALFORMED in clear |
      | strongswan | nothing readable           |
      | libreswan  | nothing readable           |

  @responder @IKE1-MM-05 @PP-27 @PP-29 @negative @must
  Scenario: the peer initiates, and the secrets differ
    Given two hosts
    And alice knows the secret "one"
    And bob knows the secret "another"
    And we and the peer run with "-3 -s --group 5 -e 3 -a 3 --timeout 3"
    When bob initiates
    Then alice and bob exchanged MI3
    And neither side has an IPsec SA
    And no SA of ours is left

  @initiator @IKE1-PRP-17 @PP-28 @negative @must
  Scenario Outline: we initiate, phase 1 differs: <difference>
    Given two hosts
    And we run with "<ours> -e 3 -a 3 --timeout 3"
    And the peer runs with "<theirs> -e 3 -a 3"
    When alice initiates
    Then neither side has an IPsec SA
    And no SA of ours is left
    And the peer reacts:
      | plutoplus  | NO-PROPOSAL-CHOSEN in clear |
      | strongswan | NO-PROPOSAL-CHOSEN in clear |
      | libreswan  | NO-PROPOSAL-CHOSEN in clear |

    Examples:
      | difference | ours            | theirs          |
      | hash       | -3 --group 5    | -3 -s --group 5 |
      | cipher     | -s --group 5    | -3 -s --group 5 |
      | group      | -3 -s --group 2 | -3 -s --group 5 |

  @responder @IKE1-PRP-17 @PP-28 @negative @must
  Scenario Outline: the peer initiates, phase 1 differs: <difference>
    Given two hosts
    And we run with "<ours> -e 3 -a 3 --timeout 3"
    And the peer runs with "<theirs> -e 3 -a 3"
    When bob initiates
    Then alice notifies NO-PROPOSAL-CHOSEN in clear
    And neither side has an IPsec SA
    And no SA of ours is left

    Examples:
      | difference | ours            | theirs          |
      | hash       | -3 --group 5    | -3 -s --group 5 |
      | cipher     | -s --group 5    | -3 -s --group 5 |
      | group      | -3 -s --group 2 | -3 -s --group 5 |

  @initiator @IKE1-QPR-08 @PP-28 @negative @must
  Scenario Outline: we initiate, phase 2 differs: <difference>
    Given two hosts
    And we run with "-3 -s --group 5 <ours> --timeout 3"
    And the peer runs with "-3 -s --group 5 <theirs>"
    When alice initiates
    Then neither side has an IPsec SA
    And no SA of ours is left
    And the peer reacts:
      | plutoplus  | NO-PROPOSAL-CHOSEN under protection |
      | strongswan | <strongswan>                        |
      | libreswan  | <libreswan>                         |

    Examples:
      | difference              | ours         | theirs       | strongswan                              | libreswan                           |
      | authentication          | -e 3 -a 2    | -e 3 -a 3    | NO-PROPOSAL-CHOSEN under protection     | NO-PROPOSAL-CHOSEN under protection |
      | protocol                | -a 3         | -e 3 -a 3    | NO-PROPOSAL-CHOSEN under protection     | NO-PROPOSAL-CHOSEN under protection |
      | mode                    | -e 3 -a 3 -t | -e 3 -a 3    | INVALID-ID-INFORMATION under protection | NO-PROPOSAL-CHOSEN under protection |
      | PFS that the peer lacks | -e 3 -a 3 -f | -e 3 -a 3    | NO-PROPOSAL-CHOSEN under protection     | NO-PROPOSAL-CHOSEN under protection |
      | PFS that we lack        | -e 3 -a 3    | -e 3 -a 3 -f | NO-PROPOSAL-CHOSEN under protection     | NO-PROPOSAL-CHOSEN under protection |

  @responder @IKE1-QPR-08 @PP-28 @negative @must
  Scenario Outline: the peer initiates, phase 2 differs: <difference>
    Given two hosts
    And we run with "-3 -s --group 5 <ours> --timeout 3"
    And the peer runs with "-3 -s --group 5 <theirs>"
    When bob initiates
    Then alice notifies NO-PROPOSAL-CHOSEN under protection
    And neither side has an IPsec SA
    And no SA of ours is left

    Examples:
      | difference              | ours         | theirs       |
      | authentication          | -e 3 -a 2    | -e 3 -a 3    |
      | protocol                | -a 3         | -e 3 -a 3    |
      | mode                    | -e 3 -a 3 -t | -e 3 -a 3    |
      | PFS that the peer lacks | -e 3 -a 3 -f | -e 3 -a 3    |
      | PFS that we lack        | -e 3 -a 3    | -e 3 -a 3 -f |

  @initiator @IKE1-QPR-08 @negative @must
  Scenario: we initiate, and ask for clients that the peer does not serve
    Given two hosts
    And alice negotiates "ike 3des-sha1-modp1536 esp 3des-sha1 mode tunnel local 10.7.0.0/16 remote 10.8.0.0/16"
    And bob negotiates "ike 3des-sha1-modp1536 esp 3des-sha1 mode tunnel local 10.9.0.0/16 remote 10.7.0.0/16"
    When alice initiates
    Then alice and bob exchanged QI1
    And neither side has an IPsec SA
    And no SA of ours is left
    And the peer reacts:
      | plutoplus  | INVALID-ID-INFORMATION under protection |
      | strongswan | INVALID-ID-INFORMATION under protection |
      | libreswan  | INVALID-ID-INFORMATION under protection |

  @responder @IKE1-QPR-08 @negative @must
  Scenario: the peer initiates, and asks for clients that we do not serve
    Given two hosts
    And alice negotiates "ike 3des-sha1-modp1536 esp 3des-sha1 mode tunnel local 10.7.0.0/16 remote 10.8.0.0/16"
    And bob negotiates "ike 3des-sha1-modp1536 esp 3des-sha1 mode tunnel local 10.9.0.0/16 remote 10.7.0.0/16"
    When bob initiates
    Then alice notifies INVALID-ID-INFORMATION under protection
    And neither side has an IPsec SA
    And no SA of ours is left
