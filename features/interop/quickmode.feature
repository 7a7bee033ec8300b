@interop @netns @ikev1
Feature: Quick Mode with the peer: ESP and AH, transport and tunnel, with and without PFS

  Phase 1 is 3DES, SHA and group 5 throughout: what every peer still takes.

  @PP-11 @PP-12 @PP-17 @PP-32 @IKE1-ALG-08 @IKE1-ALG-09 @IKE1-ALG-10 @IKE1-QM-01 @IKE1-QM-02 @IKE1-QM-03 @IKE1-QM-09 @IKE1-KEY-06 @IKE1-KEY-07 @IKE1-KEY-08 @IKE1-KEY-09 @IKE1-KEY-10 @IKE1-QPR-15 @crypto @must
  Scenario Outline: <what>, <mode>, <pfs>, <initiator> initiates
    Given two hosts
    And we and the peer run with "<options>"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And every hash on the wire is right
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    @initiator
    Examples: we initiate
      | what                       | mode      | pfs    | options                               | initiator |
      | ESP DES, HMAC_MD5          | transport | no PFS | -3 -s --group 5 -e 2 -a 2             | alice     |
      | ESP 3DES                   | transport | no PFS | -3 -s --group 5 -e 3                  | alice     |
      | ESP 3DES, HMAC_MD5         | transport | no PFS | -3 -s --group 5 -e 3 -a 2             | alice     |
      | ESP 3DES, HMAC_SHA         | transport | no PFS | -3 -s --group 5 -e 3 -a 3             | alice     |
      | ESP BLOWFISH 128, HMAC_SHA | transport | no PFS | -3 -s --group 5 -e 7 -k 16 -a 3       | alice     |
      | ESP NULL, HMAC_MD5         | transport | no PFS | -3 -s --group 5 -e 11 -a 2            | alice     |
      | ESP NULL, HMAC_SHA         | transport | no PFS | -3 -s --group 5 -e 11 -a 3            | alice     |
      | AH HMAC_MD5                | transport | no PFS | -3 -s --group 5 -a 2                  | alice     |
      | AH HMAC_SHA                | transport | no PFS | -3 -s --group 5 -a 3                  | alice     |
      | ESP DES, HMAC_MD5          | transport | PFS    | -3 -s --group 5 -e 2 -a 2 -f          | alice     |
      | ESP 3DES                   | transport | PFS    | -3 -s --group 5 -e 3 -f               | alice     |
      | ESP 3DES, HMAC_MD5         | transport | PFS    | -3 -s --group 5 -e 3 -a 2 -f          | alice     |
      | ESP 3DES, HMAC_SHA         | transport | PFS    | -3 -s --group 5 -e 3 -a 3 -f          | alice     |
      | ESP BLOWFISH 128, HMAC_SHA | transport | PFS    | -3 -s --group 5 -e 7 -k 16 -a 3 -f    | alice     |
      | ESP NULL, HMAC_MD5         | transport | PFS    | -3 -s --group 5 -e 11 -a 2 -f         | alice     |
      | ESP NULL, HMAC_SHA         | transport | PFS    | -3 -s --group 5 -e 11 -a 3 -f         | alice     |
      | AH HMAC_MD5                | transport | PFS    | -3 -s --group 5 -a 2 -f               | alice     |
      | AH HMAC_SHA                | transport | PFS    | -3 -s --group 5 -a 3 -f               | alice     |
      | ESP DES, HMAC_MD5          | tunnel    | no PFS | -3 -s --group 5 -e 2 -a 2 -t          | alice     |
      | ESP 3DES                   | tunnel    | no PFS | -3 -s --group 5 -e 3 -t               | alice     |
      | ESP 3DES, HMAC_MD5         | tunnel    | no PFS | -3 -s --group 5 -e 3 -a 2 -t          | alice     |
      | ESP 3DES, HMAC_SHA         | tunnel    | no PFS | -3 -s --group 5 -e 3 -a 3 -t          | alice     |
      | ESP BLOWFISH 128, HMAC_SHA | tunnel    | no PFS | -3 -s --group 5 -e 7 -k 16 -a 3 -t    | alice     |
      | ESP NULL, HMAC_MD5         | tunnel    | no PFS | -3 -s --group 5 -e 11 -a 2 -t         | alice     |
      | ESP NULL, HMAC_SHA         | tunnel    | no PFS | -3 -s --group 5 -e 11 -a 3 -t         | alice     |
      | AH HMAC_MD5                | tunnel    | no PFS | -3 -s --group 5 -a 2 -t               | alice     |
      | AH HMAC_SHA                | tunnel    | no PFS | -3 -s --group 5 -a 3 -t               | alice     |
      | ESP DES, HMAC_MD5          | tunnel    | PFS    | -3 -s --group 5 -e 2 -a 2 -t -f       | alice     |
      | ESP 3DES                   | tunnel    | PFS    | -3 -s --group 5 -e 3 -t -f            | alice     |
      | ESP 3DES, HMAC_MD5         | tunnel    | PFS    | -3 -s --group 5 -e 3 -a 2 -t -f       | alice     |
      | ESP 3DES, HMAC_SHA         | tunnel    | PFS    | -3 -s --group 5 -e 3 -a 3 -t -f       | alice     |
      | ESP BLOWFISH 128, HMAC_SHA | tunnel    | PFS    | -3 -s --group 5 -e 7 -k 16 -a 3 -t -f | alice     |
      | ESP NULL, HMAC_MD5         | tunnel    | PFS    | -3 -s --group 5 -e 11 -a 2 -t -f      | alice     |
      | ESP NULL, HMAC_SHA         | tunnel    | PFS    | -3 -s --group 5 -e 11 -a 3 -t -f      | alice     |
      | AH HMAC_MD5                | tunnel    | PFS    | -3 -s --group 5 -a 2 -t -f            | alice     |
      | AH HMAC_SHA                | tunnel    | PFS    | -3 -s --group 5 -a 3 -t -f            | alice     |

    @responder
    Examples: the peer initiates
      | what                       | mode      | pfs    | options                               | initiator |
      | ESP DES, HMAC_MD5          | transport | no PFS | -3 -s --group 5 -e 2 -a 2             | bob       |
      | ESP 3DES                   | transport | no PFS | -3 -s --group 5 -e 3                  | bob       |
      | ESP 3DES, HMAC_MD5         | transport | no PFS | -3 -s --group 5 -e 3 -a 2             | bob       |
      | ESP 3DES, HMAC_SHA         | transport | no PFS | -3 -s --group 5 -e 3 -a 3             | bob       |
      | ESP BLOWFISH 128, HMAC_SHA | transport | no PFS | -3 -s --group 5 -e 7 -k 16 -a 3       | bob       |
      | ESP NULL, HMAC_MD5         | transport | no PFS | -3 -s --group 5 -e 11 -a 2            | bob       |
      | ESP NULL, HMAC_SHA         | transport | no PFS | -3 -s --group 5 -e 11 -a 3            | bob       |
      | AH HMAC_MD5                | transport | no PFS | -3 -s --group 5 -a 2                  | bob       |
      | AH HMAC_SHA                | transport | no PFS | -3 -s --group 5 -a 3                  | bob       |
      | ESP DES, HMAC_MD5          | transport | PFS    | -3 -s --group 5 -e 2 -a 2 -f          | bob       |
      | ESP 3DES                   | transport | PFS    | -3 -s --group 5 -e 3 -f               | bob       |
      | ESP 3DES, HMAC_MD5         | transport | PFS    | -3 -s --group 5 -e 3 -a 2 -f          | bob       |
      | ESP 3DES, HMAC_SHA         | transport | PFS    | -3 -s --group 5 -e 3 -a 3 -f          | bob       |
      | ESP BLOWFISH 128, HMAC_SHA | transport | PFS    | -3 -s --group 5 -e 7 -k 16 -a 3 -f    | bob       |
      | ESP NULL, HMAC_MD5         | transport | PFS    | -3 -s --group 5 -e 11 -a 2 -f         | bob       |
      | ESP NULL, HMAC_SHA         | transport | PFS    | -3 -s --group 5 -e 11 -a 3 -f         | bob       |
      | AH HMAC_MD5                | transport | PFS    | -3 -s --group 5 -a 2 -f               | bob       |
      | AH HMAC_SHA                | transport | PFS    | -3 -s --group 5 -a 3 -f               | bob       |
      | ESP DES, HMAC_MD5          | tunnel    | no PFS | -3 -s --group 5 -e 2 -a 2 -t          | bob       |
      | ESP 3DES                   | tunnel    | no PFS | -3 -s --group 5 -e 3 -t               | bob       |
      | ESP 3DES, HMAC_MD5         | tunnel    | no PFS | -3 -s --group 5 -e 3 -a 2 -t          | bob       |
      | ESP 3DES, HMAC_SHA         | tunnel    | no PFS | -3 -s --group 5 -e 3 -a 3 -t          | bob       |
      | ESP BLOWFISH 128, HMAC_SHA | tunnel    | no PFS | -3 -s --group 5 -e 7 -k 16 -a 3 -t    | bob       |
      | ESP NULL, HMAC_MD5         | tunnel    | no PFS | -3 -s --group 5 -e 11 -a 2 -t         | bob       |
      | ESP NULL, HMAC_SHA         | tunnel    | no PFS | -3 -s --group 5 -e 11 -a 3 -t         | bob       |
      | AH HMAC_MD5                | tunnel    | no PFS | -3 -s --group 5 -a 2 -t               | bob       |
      | AH HMAC_SHA                | tunnel    | no PFS | -3 -s --group 5 -a 3 -t               | bob       |
      | ESP DES, HMAC_MD5          | tunnel    | PFS    | -3 -s --group 5 -e 2 -a 2 -t -f       | bob       |
      | ESP 3DES                   | tunnel    | PFS    | -3 -s --group 5 -e 3 -t -f            | bob       |
      | ESP 3DES, HMAC_MD5         | tunnel    | PFS    | -3 -s --group 5 -e 3 -a 2 -t -f       | bob       |
      | ESP 3DES, HMAC_SHA         | tunnel    | PFS    | -3 -s --group 5 -e 3 -a 3 -t -f       | bob       |
      | ESP BLOWFISH 128, HMAC_SHA | tunnel    | PFS    | -3 -s --group 5 -e 7 -k 16 -a 3 -t -f | bob       |
      | ESP NULL, HMAC_MD5         | tunnel    | PFS    | -3 -s --group 5 -e 11 -a 2 -t -f      | bob       |
      | ESP NULL, HMAC_SHA         | tunnel    | PFS    | -3 -s --group 5 -e 11 -a 3 -t -f      | bob       |
      | AH HMAC_MD5                | tunnel    | PFS    | -3 -s --group 5 -a 2 -t -f            | bob       |
      | AH HMAC_SHA                | tunnel    | PFS    | -3 -s --group 5 -a 3 -t -f            | bob       |

  # Each suite in each mode comes once with PFS and once without, in different roles.
  @IKE1-QM-01 @IKE1-QM-02 @IKE1-KEY-06 @IKE1-KEY-07 @IKE1-KEY-11 @IKE1-KEY-13 @IKE1-ALG-11 @crypto @must
  Scenario Outline: the engine: <profile>, <initiator> initiates
    Given two hosts
    And we and the peer negotiate "<profile>"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And every hash on the wire is right
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    @initiator
    Examples: we initiate
      | profile                                                                 | initiator |
      | ike aes128-sha1-modp2048 esp aes128-sha1 mode transport                 | alice     |
      | ike aes128-sha1-modp2048 esp aes256-sha512 mode transport               | alice     |
      | ike aes128-sha1-modp2048 ah sha256 mode transport                       | alice     |
      | ike aes128-sha1-modp2048 esp aes256-sha256 mode transport pfs modp2048  | alice     |
      | ike aes128-sha1-modp2048 esp aes-gcm-16:128 mode transport pfs modp2048 | alice     |
      | ike aes128-sha1-modp2048 esp aes256-sha256 mode tunnel                  | alice     |
      | ike aes128-sha1-modp2048 esp aes-gcm-16:128 mode tunnel                 | alice     |
      | ike aes128-sha1-modp2048 esp aes128-sha1 mode tunnel pfs modp2048       | alice     |
      | ike aes128-sha1-modp2048 esp aes256-sha512 mode tunnel pfs modp2048     | alice     |
      | ike aes128-sha1-modp2048 ah sha256 mode tunnel pfs modp2048             | alice     |

    @responder
    Examples: the peer initiates
      | profile                                                                 | initiator |
      | ike aes128-sha1-modp2048 esp aes256-sha256 mode transport               | bob       |
      | ike aes128-sha1-modp2048 esp aes-gcm-16:128 mode transport              | bob       |
      | ike aes128-sha1-modp2048 esp aes128-sha1 mode transport pfs modp2048    | bob       |
      | ike aes128-sha1-modp2048 esp aes256-sha512 mode transport pfs modp2048  | bob       |
      | ike aes128-sha1-modp2048 ah sha256 mode transport pfs modp2048          | bob       |
      | ike aes128-sha1-modp2048 esp aes128-sha1 mode tunnel                    | bob       |
      | ike aes128-sha1-modp2048 esp aes256-sha512 mode tunnel                  | bob       |
      | ike aes128-sha1-modp2048 ah sha256 mode tunnel                          | bob       |
      | ike aes128-sha1-modp2048 esp aes256-sha256 mode tunnel pfs modp2048     | bob       |
      | ike aes128-sha1-modp2048 esp aes-gcm-16:128 mode tunnel pfs modp2048    | bob       |
