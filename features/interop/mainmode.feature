@interop @netns @ikev1
Feature: Main Mode with the peer: every cipher, hash and group of plutoplus

  We are at alice, the peer that --peer names is at bob. What a peer's build lacks is unsupported.

  @PP-05 @PP-06 @IKE1-MM-01 @IKE1-MM-02 @IKE1-MM-03 @IKE1-KEY-01 @IKE1-KEY-02 @IKE1-KEY-03 @IKE1-ALG-01 @crypto @must
  Scenario Outline: plutoplus: phase 1 <suite>, <initiator> initiates
    Given two hosts
    And we and the peer run with "<options> -e 3 -a 3"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And every hash on the wire is right
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    @initiator
    Examples: we initiate
      | suite              | options         | initiator |
      | des-md5-modp768    | --group 1       | alice     |
      | des-md5-modp1024   | --group 2       | alice     |
      | des-md5-modp1536   | --group 5       | alice     |
      | des-sha1-modp768   | -s --group 1    | alice     |
      | des-sha1-modp1024  | -s --group 2    | alice     |
      | des-sha1-modp1536  | -s --group 5    | alice     |
      | 3des-md5-modp768   | -3 --group 1    | alice     |
      | 3des-md5-modp1024  | -3 --group 2    | alice     |
      | 3des-md5-modp1536  | -3 --group 5    | alice     |
      | 3des-sha1-modp768  | -3 -s --group 1 | alice     |
      | 3des-sha1-modp1024 | -3 -s --group 2 | alice     |
      | 3des-sha1-modp1536 | -3 -s --group 5 | alice     |

    @responder
    Examples: the peer initiates
      | suite              | options         | initiator |
      | des-md5-modp768    | --group 1       | bob       |
      | des-md5-modp1024   | --group 2       | bob       |
      | des-md5-modp1536   | --group 5       | bob       |
      | des-sha1-modp768   | -s --group 1    | bob       |
      | des-sha1-modp1024  | -s --group 2    | bob       |
      | des-sha1-modp1536  | -s --group 5    | bob       |
      | 3des-md5-modp768   | -3 --group 1    | bob       |
      | 3des-md5-modp1024  | -3 --group 2    | bob       |
      | 3des-md5-modp1536  | -3 --group 5    | bob       |
      | 3des-sha1-modp768  | -3 -s --group 1 | bob       |
      | 3des-sha1-modp1024 | -3 -s --group 2 | bob       |
      | 3des-sha1-modp1536 | -3 -s --group 5 | bob       |

  @IKE1-MM-01 @IKE1-MM-02 @IKE1-KEY-01 @IKE1-KEY-03 @IKE1-KEY-04 @IKE1-KEY-05 @IKE1-ALG-02 @IKE1-ALG-03 @IKE1-ALG-06 @crypto @must
  Scenario Outline: the engine: phase 1 <suite>, <initiator> initiates
    Given two hosts
    And we and the peer negotiate "ike <suite> esp 3des-sha1"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And every hash on the wire is right
    And the SAs agree with the wire
    And traffic passes in the SAs only, where the peer carries data

    @initiator
    Examples: we initiate
      | suite                     | initiator |
      | 3des-sha1-modp1024        | alice     |
      | 3des-sha1-modp1536        | alice     |
      | 3des-sha1-modp2048        | alice     |
      | 3des-sha256-modp2048      | alice     |
      | aes128-md5-modp1536       | alice     |
      | aes128-sha1-modp1536      | alice     |
      | aes128-sha1-modp2048      | alice     |
      | aes192-sha1-modp2048      | alice     |
      | aes256-sha1-modp2048      | alice     |
      | aes128-sha256-modp2048    | alice     |
      | aes256-sha256-modp2048    | alice     |
      | aes256-sha384-modp3072    | alice     |
      | aes256-sha512-modp4096    | alice     |
      | blowfish128-sha1-modp1024 | alice     |
      | cast-sha1-modp1024        | alice     |
      | cast:128-sha1-modp1024    | alice     |

    @responder
    Examples: the peer initiates
      | suite                     | initiator |
      | 3des-sha1-modp1024        | bob       |
      | 3des-sha1-modp1536        | bob       |
      | 3des-sha1-modp2048        | bob       |
      | 3des-sha256-modp2048      | bob       |
      | aes128-md5-modp1536       | bob       |
      | aes128-sha1-modp1536      | bob       |
      | aes128-sha1-modp2048      | bob       |
      | aes192-sha1-modp2048      | bob       |
      | aes256-sha1-modp2048      | bob       |
      | aes128-sha256-modp2048    | bob       |
      | aes256-sha256-modp2048    | bob       |
      | aes256-sha384-modp3072    | bob       |
      | aes256-sha512-modp4096    | bob       |
      | blowfish128-sha1-modp1024 | bob       |
      | cast:128-sha1-modp1024    | bob       |
